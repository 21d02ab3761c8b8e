package io.jbpf.cli.inspect;

import io.jbpf.object.AttachType;
import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import java.util.Locale;
import java.util.Optional;

/** The kernel's constants as bpftool and libbpf write them: {@code BPF_PROG_TYPE_SCHED_CLS} is {@code sched_cls}. */
final class KernelNames {
    private KernelNames() {}

    static String of(ProgramType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    static String of(MapType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    static String of(AttachType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    static String programType(int number) {
        return ProgramType.of(number).map(KernelNames::of).orElse("type " + number);
    }

    static String mapType(int number) {
        return MapType.of(number).map(KernelNames::of).orElse("type " + number);
    }

    static String attachType(Optional<AttachType> type) {
        return type.map(KernelNames::of).orElse("");
    }
}
