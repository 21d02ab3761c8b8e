package io.jbpf.object;

import java.util.Optional;

/**
 * A program of an object file: where it starts, and what its section's name says about it. The instructions come out
 * of {@link ObjectSpec#link}.
 */
public final class ProgramSpec {
    /** {@code BPF_F_SLEEPABLE} of linux/bpf.h. */
    private static final int SLEEPABLE = 1 << 4;

    /** {@code BPF_F_XDP_HAS_FRAGS} of linux/bpf.h. */
    private static final int XDP_HAS_FRAGS = 1 << 5;

    private final Function function;
    private final String sectionName;
    private final ProgramType type;
    private final Optional<AttachType> attachType;
    private final boolean attachTypeOptional;
    private final boolean attachesToBtf;
    private final String attachTarget;
    private final int flags;
    private final boolean autoload;

    private ProgramSpec(
            Function function,
            String sectionName,
            ProgramType type,
            Optional<AttachType> attachType,
            boolean attachTypeOptional,
            boolean attachesToBtf,
            String attachTarget,
            int flags,
            boolean autoload) {
        this.function = function;
        this.sectionName = sectionName;
        this.type = type;
        this.attachType = attachType;
        this.attachTypeOptional = attachTypeOptional;
        this.attachesToBtf = attachesToBtf;
        this.attachTarget = attachTarget;
        this.flags = flags;
        this.autoload = autoload;
    }

    static ProgramSpec of(Function function, SectionNames names) {
        String section = function.code().name();
        boolean autoload = !section.startsWith("?");
        String name = autoload ? section : section.substring(1);
        return names.meaning(
                new ProgramSpec(function, name, ProgramType.UNSPEC, Optional.empty(), false, false, "", 0, autoload));
    }

    ProgramSpec following(SectionRule rule) {
        return new ProgramSpec(
                function,
                sectionName,
                rule.type(),
                rule.attachType(),
                rule.attachTypeOptional(),
                rule.attachesToBtf(),
                rule.target(sectionName),
                (rule.sleepable() ? SLEEPABLE : 0) | (rule.frags() ? XDP_HAS_FRAGS : 0),
                autoload);
    }

    /** {@return the C function's name; a kernel shows its first 15 characters} */
    public String name() {
        return function.name();
    }

    /** {@return the name of its section, such as {@code tcx/ingress}, without a leading question mark} */
    public String sectionName() {
        return sectionName;
    }

    /** {@return its type; {@link ProgramType#UNSPEC} if the section's name tells none} */
    public ProgramType type() {
        return type;
    }

    /** {@return where it is to be attached, if its type alone does not tell} */
    public Optional<AttachType> attachType() {
        return attachType;
    }

    /** {@return whether a kernel that refuses the attach type when loading may do without} */
    public boolean attachTypeOptional() {
        return attachTypeOptional;
    }

    /** {@return whether the {@linkplain #attachTarget() target} is a BTF type that the kernel is told when loading} */
    public boolean attachesToBtf() {
        return attachesToBtf;
    }

    /** {@return what follows the slash in the section's name, such as {@code raw_syscalls/sys_enter}; may be empty} */
    public String attachTarget() {
        return attachTarget;
    }

    /** {@return whether it may sleep (Linux 5.10)} */
    public boolean sleepable() {
        return (flags & SLEEPABLE) != 0;
    }

    /** {@return the {@code BPF_F_…} flags for bpf(BPF_PROG_LOAD)} */
    public int flags() {
        return flags;
    }

    /** {@return whether loading the object loads this program; not if its section's name starts with a question mark} */
    public boolean autoload() {
        return autoload;
    }

    /** {@return how many instruction slots it has, without the sub-programs it calls} */
    public int instructionCount() {
        return function.length();
    }

    /**
     * The same program of another type, which forgets what its section's name says about attaching.
     *
     * @param newType the type
     * @return the spec
     */
    public ProgramSpec withType(ProgramType newType) {
        return new ProgramSpec(
                function, sectionName, newType, Optional.empty(), false, false, attachTarget, flags, autoload);
    }

    /**
     * The same program for another place of attachment.
     *
     * @param newAttachType the place
     * @return the spec
     */
    public ProgramSpec withAttachType(AttachType newAttachType) {
        return new ProgramSpec(
                function,
                sectionName,
                type,
                Optional.of(newAttachType),
                false,
                attachesToBtf,
                attachTarget,
                flags,
                autoload);
    }

    /**
     * The same program, to be loaded without telling the kernel an attach type.
     *
     * @return the spec
     */
    public ProgramSpec withoutAttachType() {
        return new ProgramSpec(
                function, sectionName, type, Optional.empty(), false, attachesToBtf, attachTarget, flags, autoload);
    }

    /**
     * The same program for another target.
     *
     * @param newAttachTarget what would follow the slash in the section's name
     * @return the spec
     */
    public ProgramSpec withAttachTarget(String newAttachTarget) {
        return new ProgramSpec(
                function,
                sectionName,
                type,
                attachType,
                attachTypeOptional,
                attachesToBtf,
                newAttachTarget,
                flags,
                autoload);
    }

    /**
     * The same program, whose {@linkplain #attachTarget() target} is a BTF type that the kernel is told when loading, or
     * is not.
     *
     * @param newAttachesToBtf whether it is
     * @return the spec
     */
    public ProgramSpec withAttachesToBtf(boolean newAttachesToBtf) {
        return new ProgramSpec(
                function,
                sectionName,
                type,
                attachType,
                attachTypeOptional,
                newAttachesToBtf,
                attachTarget,
                flags,
                autoload);
    }

    /**
     * The same program with other flags.
     *
     * @param newFlags {@code BPF_F_…} flags for bpf(BPF_PROG_LOAD)
     * @return the spec
     */
    public ProgramSpec withFlags(int newFlags) {
        return new ProgramSpec(
                function,
                sectionName,
                type,
                attachType,
                attachTypeOptional,
                attachesToBtf,
                attachTarget,
                newFlags,
                autoload);
    }

    /**
     * The same program, loaded with its object or not.
     *
     * @param newAutoload whether it is
     * @return the spec
     */
    public ProgramSpec withAutoload(boolean newAutoload) {
        return new ProgramSpec(
                function,
                sectionName,
                type,
                attachType,
                attachTypeOptional,
                attachesToBtf,
                attachTarget,
                flags,
                newAutoload);
    }

    Function function() {
        return function;
    }

    boolean isAt(String section, int slot) {
        return function.code().name().equals(section) && function.start() == slot;
    }

    /** {@return name and section} */
    @Override
    public String toString() {
        return name() + " (" + sectionName + ")";
    }
}
