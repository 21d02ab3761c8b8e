package io.jbpf.cli.inspect;

import io.jbpf.btf.BtfFeature;
import io.jbpf.object.AttachType;
import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import io.jbpf.probe.BtfProbe;
import io.jbpf.probe.Feature;
import io.jbpf.probe.InstructionSet;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.probe.Support;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * An ability of the kernel as {@code jbpf inspect kernel -o json} shows it.
 *
 * @param kind {@code program_type}, {@code map_type}, {@code attach_type}, {@code link}, {@code feature}, {@code btf} or
 *     {@code instructions}
 * @param name such as {@code sched_cls}
 * @param verdict {@code supported}, {@code unsupported}, or {@code unknown}
 * @param reason what the kernel answered; empty if it is supported
 */
record ProbeListing(String kind, String name, String verdict, String reason) {
    /** {@return all of them, by kind; takes a fraction of a second, in which tiny programs are loaded and unloaded} */
    static List<ProbeListing> all() {
        return Stream.of(
                        of("program_type", kinds(ProgramType.values(), ProgramType.UNSPEC), KernelProbes::programType),
                        of("map_type", kinds(MapType.values(), MapType.UNSPEC), KernelProbes::mapType),
                        of("attach_type", Stream.of(AttachType.values()), KernelProbes::attachType),
                        of("link", Stream.of(LinkFeature.values()), KernelProbes::link),
                        of("feature", Stream.of(Feature.values()), KernelProbes::feature),
                        of("btf", Stream.of(BtfFeature.values()), BtfProbe::feature),
                        of("instructions", Stream.of(InstructionSet.values()), KernelProbes::instructions))
                .flatMap(Function.identity())
                .toList();
    }

    private static <E extends Enum<E>> Stream<E> kinds(E[] values, E none) {
        return Arrays.stream(values).filter(each -> each != none);
    }

    private static <E extends Enum<E>> Stream<ProbeListing> of(
            String kind, Stream<E> values, Function<E, Support> probe) {
        return values.map(value -> {
            Support support = probe.apply(value);
            return new ProbeListing(
                    kind,
                    value.name().toLowerCase(Locale.ROOT),
                    support.verdict().name().toLowerCase(Locale.ROOT),
                    support.reason());
        });
    }
}
