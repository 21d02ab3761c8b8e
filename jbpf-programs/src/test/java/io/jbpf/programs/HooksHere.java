package io.jbpf.programs;

import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** The hooks that this kernel has, for tests that hold for each; {@link L4FirewallTest} tests what becomes of one that is missing. */
final class HooksHere {
    private HooksHere() {}

    static Stream<FirewallHook> all() {
        return Stream.of(FirewallHook.values())
                .filter(hook -> hook != FirewallHook.TCX
                        || KernelProbes.link(LinkFeature.TCX).isSupported());
    }

    static Stream<Arguments> andFamilies() {
        return all().flatMap(hook -> Stream.of(Arguments.of(hook, 4), Arguments.of(hook, 6)));
    }
}
