package io.jbpf.cli.attach;

import io.jbpf.programs.DefaultAction;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code allow} or {@code block}. */
final class DefaultActionConverter implements ITypeConverter<DefaultAction> {
    @Override
    public DefaultAction convert(String text) {
        try {
            return DefaultAction.of(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
