package io.jbpf.program;

import io.jbpf.error.Errno;
import io.jbpf.object.ProgramType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.BpfHints;
import io.jbpf.sys.LockedMemory;
import io.jbpf.sys.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why the kernel may have refused a program before its verifier said a word. */
final class Refusals {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path LOCKDOWN = Path.of("/sys/kernel/security/lockdown");
    private static final Pattern LOCKED = Pattern.compile("\\[(\\w+)]");
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_PERFMON = 38;
    private static final int CAP_BPF = 39;

    private Refusals() {}

    static String hint(Bpf bpf, Bpf.ProgramDefinition program, Errno errno) {
        String type =
                ProgramType.of(program.type()).map(ProgramType::kernelName).orElse("type " + program.type());
        if (errno.equals(Errno.EPERM)) {
            return permission(bpf, type);
        }
        if (errno.equals(Errno.EINVAL) || errno.equals(Errno.ENOTSUPP)) {
            return invalid(program, type);
        }
        if (errno.equals(Errno.ENOMEM)) {
            return BpfHints.OUT_OF_MEMORY;
        }
        if (errno.equals(Errno.E2BIG)) {
            return "the program has more instructions than this kernel takes";
        }
        return "";
    }

    private static String permission(Bpf bpf, String type) {
        List<String> missing = missingCapabilities(text(STATUS));
        String locked = lockdown(text(LOCKDOWN));
        if (!missing.isEmpty()) {
            return "this process lacks " + String.join(", ", missing) + ": " + Privileges.NEEDED
                    + LockedMemory.hint(bpf.calls());
        }
        if (!locked.isEmpty()) {
            return "the kernel is locked down (" + locked + "), which forbids programs that read its memory";
        }
        String memory = LockedMemory.hint(bpf.calls());
        return memory.isEmpty()
                ? "this process has the capabilities; a security module or a limit of this kernel forbids " + type
                : memory.substring("; or ".length());
    }

    private static String invalid(Bpf.ProgramDefinition program, String type) {
        if (program.attachBtfId() != 0) {
            return "the kernel may not let " + type + " attach to what it is for (type " + program.attachBtfId()
                    + "), or not with attach type " + program.expectedAttachType();
        }
        return program.expectedAttachType() == 0
                ? "the kernel may not know " + type + ", or wants to be told an attach type (name it in the section, or"
                        + " use withAttachType())"
                : "the kernel may not know " + type + " with attach type " + program.expectedAttachType();
    }

    /** The capabilities BPF asks for that are not in the effective set; CAP_SYS_ADMIN stands for all of them. */
    static List<String> missingCapabilities(String status) {
        Matcher effective =
                Pattern.compile("^CapEff:\\s*([0-9a-f]+)", Pattern.MULTILINE).matcher(status);
        if (!effective.find()) {
            return List.of();
        }
        long set = Long.parseUnsignedLong(effective.group(1), 16);
        List<String> missing = new ArrayList<>();
        if ((set & 1L << CAP_SYS_ADMIN) == 0) {
            add(missing, set, CAP_BPF, "CAP_BPF");
            add(missing, set, CAP_PERFMON, "CAP_PERFMON");
            add(missing, set, CAP_NET_ADMIN, "CAP_NET_ADMIN");
        }
        return missing;
    }

    private static void add(List<String> missing, long set, int capability, String name) {
        if ((set & 1L << capability) == 0) {
            missing.add(name);
        }
    }

    /** The mode in brackets, {@code none [integrity] confidentiality}; empty for none. */
    static String lockdown(String modes) {
        Matcher mode = LOCKED.matcher(modes);
        return mode.find() && !mode.group(1).equals("none") ? mode.group(1) : "";
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
