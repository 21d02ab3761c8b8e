package io.jbpf.cli.attach;

import io.jbpf.programs.PortSet;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads ports and ranges of ports: {@code 80,443,8000-8100}. */
final class PortSetConverter implements ITypeConverter<PortSet> {
    @Override
    public PortSet convert(String text) {
        try {
            return PortSet.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
