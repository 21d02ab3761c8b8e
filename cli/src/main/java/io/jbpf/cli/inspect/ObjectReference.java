package io.jbpf.cli.inspect;

import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.IntFunction;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How a command line names an object: by the kernel's number for it, or by where it is pinned. */
record ObjectReference(String text) {
    <T> T open(IntFunction<T> byId, Function<Path, T> pinned) {
        return isId() ? byId.apply(Integer.parseUnsignedInt(text)) : pinned.apply(Path.of(text));
    }

    private boolean isId() {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** Reads it. */
    static final class Converter implements ITypeConverter<ObjectReference> {
        @Override
        public ObjectReference convert(String text) {
            ObjectReference reference = new ObjectReference(text);
            try {
                if (text.isEmpty() || (reference.isId() && Integer.parseUnsignedInt(text) == 0)) {
                    throw new TypeConversionException("'" + text + "' is neither an id nor a path");
                }
                return reference;
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is too large for an id");
            }
        }
    }
}
