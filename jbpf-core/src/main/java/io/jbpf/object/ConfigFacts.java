package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** What one kernel says to an object's configuration externs. */
final class ConfigFacts {
    private final String objectName;
    private final Btf btf;
    private final ByteOrder byteOrder;
    private final KernelFacts kernel;

    ConfigFacts(String objectName, Btf btf, ByteOrder byteOrder, KernelFacts kernel) {
        this.objectName = objectName;
        this.btf = btf;
        this.byteOrder = byteOrder;
        this.kernel = kernel;
    }

    /**
     * A fact.
     *
     * @param text as {@code .config} has it
     * @param bytes what goes into the extern's variable, from its start
     */
    record Fact(String text, ByteBuffer bytes) {
        Fact(String text, byte[] bytes) {
            this(text, ByteBuffer.wrap(bytes));
        }
    }

    /** What an extern is; nothing if it is weak and not set. */
    Optional<Fact> fact(ExternSpec extern) {
        ConfigValue value = new ConfigValue(btf, extern, byteOrder);
        return switch (extern.name()) {
            case "LINUX_KERNEL_VERSION" -> {
                int version = kernel.version();
                yield Optional.of(new Fact(Integer.toString(version), value.number(version)));
            }
            case "LINUX_HAS_BPF_COOKIE" -> Optional.of(fact(value, kernel.hasCookies()));
            case "LINUX_HAS_SYSCALL_WRAPPER" -> Optional.of(fact(value, kernel.hasSyscallWrappers()));
            default -> option(extern, value);
        };
    }

    private static Fact fact(ConfigValue value, boolean fact) {
        return new Fact(fact ? "y" : "n", value.fact(fact));
    }

    private Optional<Fact> option(ExternSpec extern, ConfigValue value) {
        boolean option = extern.name().startsWith("CONFIG_");
        Optional<String> text = option ? kernel.option(extern.name()) : Optional.empty();
        if (text.isEmpty() && !extern.weak()) {
            throw new BpfException("object " + objectName + " needs " + extern + ", "
                    + (option
                            ? "which this kernel does not set"
                            : "which is no CONFIG_ option and no fact that jbpf knows")
                    + "; declare it __weak if it may be missing");
        }
        return text.map(set -> new Fact(set, value.option(set)));
    }
}
