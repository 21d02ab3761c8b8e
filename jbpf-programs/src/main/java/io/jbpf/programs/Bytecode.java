package io.jbpf.programs;

import io.jbpf.object.ObjectSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;

/** The objects that come with the jar: little endian, which x86_64 and aarch64 both are. */
enum Bytecode {
    SYSCALL_COUNTER,
    L4_FIREWALL,
    TCX_LINKS;

    /** {@return the object, parsed anew} */
    ObjectSpec spec() {
        String name = name().toLowerCase(Locale.ROOT);
        String resource = name + ".bpf.o";
        try (InputStream in = Bytecode.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks its resource " + resource);
            }
            return ObjectSpec.parse(name, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return one program of an object, over maps as small as can be: to see what the kernel makes of it} */
    static ObjectSpec alone(ObjectSpec spec, String only) {
        ObjectSpec alone = spec;
        for (String map : spec.maps().keySet()) {
            alone = alone.withMap(map, each -> each.withMaxEntries(1));
        }
        for (String program : spec.programs().keySet()) {
            alone = alone.withProgram(program, each -> each.withAutoload(program.equals(only)));
        }
        return alone;
    }
}
