package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfFeature;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfSanitiser;
import io.jbpf.btf.BtfType.Func;
import io.jbpf.btf.BtfType.FuncProto;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.error.BpfException;
import io.jbpf.error.VerifierException;
import io.jbpf.object.ContextArguments;
import io.jbpf.object.LinkTarget;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramImage;
import io.jbpf.object.ProgramSpec;
import io.jbpf.probe.BtfProbe;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramLoader;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

@KernelTest
class ContextArgumentsTest {
    private static final LinkTarget NOTHING = new LinkTarget() {
        @Override
        public int mapDescriptor(String mapName) {
            throw new BpfException("no map " + mapName);
        }

        @Override
        public Btf kernelBtf() {
            throw new AssertionError();
        }
    };

    private final ObjectSpec spec = TestObjects.read("context_arguments");
    private final ContextArguments arguments = ContextArguments.of(spec).orElseThrow();

    @Test
    void aFunctionGetsATwinForEachTypeOfProgram() {
        Btf types = Btf.parse("twins", arguments.kernelBtf());
        assertThat(contextOf(types, "of_a_packet", 1, 0)).isEqualTo("__sk_buff");
        assertThat(contextOf(types, "of_a_function", 1, 1)).isEqualTo("bpf_user_pt_regs_t");
        Btf original = spec.btf().orElseThrow();
        assertThat(types.typeName(original.lastId())).isEqualTo(original.typeName(original.lastId()));
        assertThat(ContextArguments.of(TestObjects.read("linking")))
                .as("without the tag")
                .isEmpty();
    }

    private String contextOf(Btf types, String program, int function, int argument) {
        ProgramSpec wanted = spec.program(program);
        ByteBuffer records = ByteBuffer.wrap(
                        arguments.apply(wanted, spec.link(wanted, NOTHING)).funcInfo())
                .order(ByteOrder.nativeOrder());
        List<Integer> functions = new ArrayList<>();
        for (int at = 4; at < records.capacity(); at += 8) {
            functions.add(records.getInt(at));
        }
        FuncProto signature = (FuncProto) types.type(((Func) types.type(functions.get(function))).typeId());
        int pointer = types.resolve(signature.parameters().get(argument).typeId());
        assertThat(types.kind(pointer)).isEqualTo(BtfKind.PTR);
        return types.typeName(((Pointer) types.type(pointer)).typeId());
    }

    @Test
    void aKernelThatDoesNotSeeTheTagTakesTheTwins() {
        // Without its tags no kernel can know what the void pointers are.
        assertThatThrownBy(() -> load("of_a_packet", spec.kernelBtf().orElseThrow(), false))
                .isInstanceOf(VerifierException.class);
        load("of_a_packet", arguments.kernelBtf(), true);
        load("of_a_function", arguments.kernelBtf(), true);
    }

    @Test
    void theProbeTellsWhetherThisKernelSeesTheTag() {
        boolean sees = true;
        try {
            load("of_a_packet", spec.kernelBtf().orElseThrow(), false, EnumSet.allOf(BtfFeature.class));
        } catch (VerifierException e) {
            sees = false;
        }
        assertThat(KernelProbes.feature(Feature.ARGUMENT_CONTEXT_TAG).isSupported())
                .isEqualTo(sees);
    }

    @Test
    void thisKernelTakesThemOneWayOrTheOther() {
        try (BpfObject object = BpfObject.load(spec)) {
            assertThat(object.programs()).containsOnlyKeys("of_a_packet", "of_a_function");
        }
    }

    private void load(String program, byte[] types, boolean twins) {
        load(program, types, twins, EnumSet.complementOf(EnumSet.of(BtfFeature.DECL_TAG)));
    }

    private void load(String program, byte[] types, boolean twins, EnumSet<BtfFeature> features) {
        features.retainAll(BtfProbe.supported());
        byte[] blob = BtfSanitiser.sanitise(Btf.parse("sanitised", types), features);
        int number = Bpf.host().btfLoad(NativeMemory.copyOf(blob), NativeMemory.allocate(0), 0);
        assertThat(number).isPositive();
        ProgramSpec wanted = spec.program(program);
        ProgramImage image = spec.link(wanted, NOTHING);
        try (Fd btf = Bpf.host().own(number, "sanitised BTF");
                BpfProgram loaded =
                        new ProgramLoader("GPL", number).load(wanted, twins ? arguments.apply(wanted, image) : image)) {
            assertThat(loaded.info().id()).isPositive();
            assertThat(btf.isClosed()).isFalse();
        }
    }
}
