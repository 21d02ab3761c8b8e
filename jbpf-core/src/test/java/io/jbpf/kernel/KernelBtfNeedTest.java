package io.jbpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.error.VerifierException;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import org.junit.jupiter.api.Test;

/** The kernel's BTF has over 100,000 types: who needs none of them does not pay for them. */
@KernelTest
final class KernelBtfNeedTest {
    @Test
    void anObjectWithoutCoreLoadsWithoutTheKernelsBtf() {
        ObjectSpec spec = TestObjects.read("attach");
        KernelBtf.forget();
        try (BpfObject loaded = BpfObject.load(spec)) {
            assertThat(loaded.programs()).isNotEmpty();
            assertThat(KernelBtf.isRead()).isFalse();
        }
    }

    @Test
    void anObjectWithCoreReadsIt() {
        ObjectSpec spec = TestObjects.read("core");
        KernelBtf.forget();
        // Most of its types are in no kernel, which takes the kernel's types to find out.
        assertThatThrownBy(() -> BpfObject.load(spec)).isInstanceOf(VerifierException.class);
        assertThat(KernelBtf.isRead()).isTrue();
    }
}
