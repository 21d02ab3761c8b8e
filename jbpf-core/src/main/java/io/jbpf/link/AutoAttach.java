package io.jbpf.link;

import io.jbpf.elf.BinaryFile;
import io.jbpf.error.BpfException;
import io.jbpf.fs.TraceFs;
import io.jbpf.object.AttachType;
import io.jbpf.object.ProgramSpec;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.program.BpfProgram;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Attaches a program where its section's name says: {@code tp/syscalls/sys_enter_openat}, {@code kprobe/do_nanosleep},
 * {@code uprobe//usr/bin/bash:readline}. The names and what follows them are those of libbpf. Programs that need an
 * interface, a cgroup or the like are a {@link NoAutoAttachException}, which says what must be given.
 */
public final class AutoAttach {
    /** {@code function} or {@code function+0x10}. */
    private static final Pattern PLACE = Pattern.compile("([A-Za-z0-9_.@]+)(?:\\+(0[xX][0-9a-fA-F]+|\\d+))?");

    /** {@code file:provider:probe}. */
    private static final Pattern USDT = Pattern.compile("(.+):([^:]+):([^:]+)");

    private static final Pattern NUMBER = Pattern.compile("0[xX][0-9a-fA-F]+|\\d+");

    private final BpfProgram program;
    private final ProgramSpec spec;
    private final Optional<UsdtSpecs> usdtSpecs;
    private final String target;

    private AutoAttach(BpfProgram program, ProgramSpec spec, Optional<UsdtSpecs> usdtSpecs) {
        this.program = program;
        this.spec = spec;
        this.usdtSpecs = usdtSpecs;
        this.target = spec.attachTarget();
    }

    /**
     * Attaches a program where its section's name says.
     *
     * @param program the loaded program
     * @param spec what it was loaded from
     * @param usdtSpecs its object's, if it uses {@code bpf/usdt.bpf.h}
     * @return the link; closing it detaches the program
     * @throws NoAutoAttachException if the section's name does not say enough
     * @throws BpfException if the kernel refuses, or has no such place
     */
    public static Link attach(BpfProgram program, ProgramSpec spec, Optional<UsdtSpecs> usdtSpecs) {
        return new AutoAttach(program, spec, usdtSpecs).attach();
    }

    private Link attach() {
        return switch (spec.type()) {
            case TRACEPOINT -> tracepoint();
            case RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE ->
                RawTracepointLink.attach(program, required("a tracepoint: RawTracepointLink.attach(program, name)"));
            case TRACING, LSM, EXT -> btf();
            case KPROBE -> probe();
            default -> throw needs(missing());
        };
    }

    private Link tracepoint() {
        String[] part = required("a tracepoint: TracepointLink.attach(program, category, name)")
                .split("/", 2);
        if (part.length < 2) {
            throw needs("the tracepoint's category, too: TracepointLink.attach(program, category, name)");
        }
        return TracepointLink.attach(program, part[0], part[1]);
    }

    private Link btf() {
        AttachType type = spec.attachType().orElse(AttachType.TRACE_FENTRY);
        if (type == AttachType.LSM_CGROUP) {
            throw needs("a cgroup: CgroupLink.attach(program, directory, AttachType.LSM_CGROUP)");
        }
        if (type != AttachType.TRACE_ITER) {
            return TracingLink.attach(program);
        }
        if (target.equals("bpf_map_elem") || target.equals("bpf_sk_storage_map")) {
            throw needs("a map: IteratorLink.attach(program, IteratorTarget.map(map))");
        }
        return IteratorLink.attach(program);
    }

    /** What is before the first slash tells which kind of probe, since all are of one program type. */
    private Link probe() {
        String section = spec.sectionName();
        String kind = section.contains("/") ? section.substring(0, section.indexOf('/')) : section;
        return switch (kind) {
            case "kprobe" -> kprobe(false);
            case "kretprobe" -> kprobe(true);
            case "ksyscall" -> systemCall(KprobeLink.Options.ENTRY);
            case "kretsyscall" -> systemCall(KprobeLink.Options.RETURN);
            case "kprobe.multi" -> kprobes(KprobeMultiLink.Options.ENTRY);
            case "kretprobe.multi" -> kprobes(KprobeMultiLink.Options.RETURN);
            case "kprobe.session" -> kprobes(KprobeMultiLink.Options.SESSION);
            case "uprobe", "uprobe.s" -> uprobe(UprobeLink.Options.ENTRY);
            case "uretprobe", "uretprobe.s" -> uprobe(UprobeLink.Options.RETURN);
            case "uprobe.multi", "uprobe.multi.s" -> uprobes(UprobeMultiLink.Options.ENTRY);
            case "uretprobe.multi", "uretprobe.multi.s" -> uprobes(UprobeMultiLink.Options.RETURN);
            case "uprobe.session", "uprobe.session.s" -> uprobes(UprobeMultiLink.Options.SESSION);
            case "usdt", "usdt.s" -> usdt();
            default -> throw needs("a function: KprobeLink.attach() or UprobeLink.attach()");
        };
    }

    private Link kprobe(boolean atReturn) {
        Matcher place = PLACE.matcher(required("a function: KprobeLink.attach(program, function, options)"));
        if (!place.matches()) {
            throw malformed("function or function+offset");
        }
        if (atReturn && place.group(2) != null) {
            throw malformed("function alone: a return has no offset");
        }
        KprobeLink.Options options = atReturn ? KprobeLink.Options.RETURN : KprobeLink.Options.ENTRY;
        return KprobeLink.attach(program, place.group(1), options.withOffset(number(place.group(2))));
    }

    private Link systemCall(KprobeLink.Options options) {
        String call = required("a system call: KprobeLink.attach(program, function, options)");
        String prefix = "__se_sys_";
        if (KernelProbes.feature(Feature.SYSCALL_WRAPPER).isSupported()) {
            prefix = System.getProperty("os.arch").equals("aarch64") ? "__arm64_sys_" : "__x64_sys_";
        }
        return KprobeLink.attach(program, prefix + call, options);
    }

    private Link kprobes(KprobeMultiLink.Options options) {
        String pattern = required("functions: KprobeMultiLink.attach(program, functions, options)");
        boolean one = pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0;
        List<String> functions = one ? List.of(pattern) : TraceFs.mounted().traceableFunctions(pattern);
        if (functions.isEmpty()) {
            throw new BpfException("program '" + spec.name() + "' (" + spec.sectionName()
                    + "): no function of the kernel that can be traced fits '" + pattern + "'");
        }
        return KprobeMultiLink.attach(program, functions, options);
    }

    private Link uprobe(UprobeLink.Options options) {
        String[] part = inFile("UprobeLink.attach(program, file, function, options)");
        Path file = BinaryFile.locate(part[0]);
        if (NUMBER.matcher(part[1]).matches()) {
            return UprobeLink.attach(program, file, number(part[1]), options);
        }
        Matcher place = PLACE.matcher(part[1]);
        if (!place.matches()) {
            throw malformed("file:function, file:function+offset or file:offset");
        }
        long offset = BinaryFile.read(file).fileOffset(place.group(1));
        return UprobeLink.attach(program, file, offset + number(place.group(2)), options);
    }

    private Link uprobes(UprobeMultiLink.Options options) {
        String[] part = inFile("UprobeMultiLink.attach(program, file, pattern, options)");
        return UprobeMultiLink.attach(program, BinaryFile.locate(part[0]), part[1], options);
    }

    private Link usdt() {
        String how = "a file, a provider and a probe: UsdtLink.attach(program, file, provider, probe, options)";
        Matcher place = USDT.matcher(required(how));
        if (!place.matches()) {
            throw needs(how);
        }
        Path file = BinaryFile.locate(place.group(1));
        return UsdtLink.attach(program, usdtSpecs, file, place.group(2), place.group(3), UprobeLink.Options.ENTRY);
    }

    /** A file, and what follows the last colon. */
    private String[] inFile(String how) {
        String place = required("a file and a function in it: " + how);
        int colon = place.lastIndexOf(':');
        if (colon <= 0 || colon == place.length() - 1) {
            throw needs("a file and a function in it (file:function): " + how);
        }
        return new String[] {place.substring(0, colon), place.substring(colon + 1)};
    }

    private static long number(@Nullable String text) {
        return text == null ? 0 : Long.decode(text.matches("0\\d+") ? text.replaceFirst("^0+(?=.)", "") : text);
    }

    private String missing() {
        return switch (spec.type()) {
            case XDP -> "an interface: XdpLink.attach(program, interfaceIndex)";
            case SCHED_CLS ->
                isNetkit()
                        ? "an interface: NetkitLink.attach(program, interfaceIndex, " + hook() + ")"
                        : "an interface: TcxLink.attach(program, interfaceIndex, direction) or ClsactFilter.attach()";
            case CGROUP_SKB, CGROUP_SOCK, CGROUP_DEVICE, CGROUP_SOCK_ADDR, CGROUP_SYSCTL, CGROUP_SOCKOPT, SOCK_OPS ->
                "a cgroup: CgroupLink.attach(program, directory, attachType)";
            case SK_LOOKUP, FLOW_DISSECTOR -> "a namespace: NetnsLink.attach(program, namespace, attachType)";
            case NETFILTER -> "a hook and a priority: NetfilterLink.attach(program, options)";
            case SK_SKB, SK_MSG -> "a map: SockmapLink.attach(program, map, " + hook() + ")";
            case STRUCT_OPS -> "its map: BpfObject.attachStructOps(map)";
            case SOCKET_FILTER, SK_REUSEPORT -> "a socket: SocketAttachment.filter(program, descriptor) or reuseport()";
            case PERF_EVENT -> "a processor and an event: SampleLink.attach(program, cpu, options)";
            case SYSCALL -> "nothing to attach to: it runs when BpfProgram.run() is called";
            default -> "what it is for: " + spec.type().kernelName() + " is attached to an object of the kernel's";
        };
    }

    private boolean isNetkit() {
        return spec.sectionName().startsWith("netkit/");
    }

    /** The attach type that the section tells, as one writes it. */
    private String hook() {
        return spec.attachType().map(type -> "AttachType." + type.name()).orElse("attachType");
    }

    private String required(String what) {
        if (target.isEmpty()) {
            throw needs(what);
        }
        return target;
    }

    private NoAutoAttachException needs(String what) {
        return new NoAutoAttachException(spec.name(), spec.sectionName(), what);
    }

    private BpfException malformed(String wanted) {
        return new BpfException(
                "program '" + spec.name() + "': section '" + spec.sectionName() + "' should name a " + wanted);
    }
}
