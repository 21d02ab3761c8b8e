package io.jbpf.cli.attach;

import io.jbpf.programs.SyscallFilter;
import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a list of system calls: {@code read,write}. One that is unknown is answered with those it might be. */
final class SyscallFilterConverter implements ITypeConverter<SyscallFilter> {
    @Override
    public SyscallFilter convert(String text) {
        try {
            return SyscallFilter.of(
                    Arrays.stream(text.split(",", -1)).map(String::strip).toList());
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
