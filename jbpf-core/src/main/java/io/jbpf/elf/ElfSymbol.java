package io.jbpf.elf;

/**
 * An entry of the symbol table ({@code Elf64_Sym} in elf(5)).
 *
 * @param name the symbol's name; a section symbol has none
 * @param value its offset in the section it lives in, in bytes
 * @param size how many bytes it names
 * @param binding {@link #STB_LOCAL}, {@link #STB_GLOBAL} or {@link #STB_WEAK}
 * @param type {@link #STT_OBJECT}, {@link #STT_FUNC}, {@link #STT_SECTION} or another
 * @param visibility {@link #STV_DEFAULT}, {@link #STV_INTERNAL}, {@link #STV_HIDDEN} or {@link #STV_PROTECTED}
 * @param sectionIndex the section it lives in, or {@link #SHN_UNDEF} if it lives elsewhere
 */
public record ElfSymbol(String name, long value, long size, int binding, int type, int visibility, int sectionIndex) {
    /** Binding: seen only inside the file. */
    public static final int STB_LOCAL = 0;

    /** Binding: seen by other files. */
    public static final int STB_GLOBAL = 1;

    /** Binding: seen by other files, and gives way to a global one. */
    public static final int STB_WEAK = 2;

    /** Type: not told. */
    public static final int STT_NOTYPE = 0;

    /** Type: data. */
    public static final int STT_OBJECT = 1;

    /** Type: a function. */
    public static final int STT_FUNC = 2;

    /** Type: the section itself. */
    public static final int STT_SECTION = 3;

    /** Visibility: as the binding says. */
    public static final int STV_DEFAULT = 0;

    /** Visibility: reserved to the processor's own ABI; treated like hidden. */
    public static final int STV_INTERNAL = 1;

    /** Visibility: not seen outside the component. */
    public static final int STV_HIDDEN = 2;

    /** Visibility: seen outside, but not replaceable. */
    public static final int STV_PROTECTED = 3;

    /** Section index: defined elsewhere. */
    public static final int SHN_UNDEF = 0;

    /** {@return whether the symbol is defined in another file} */
    public boolean isUndefined() {
        return sectionIndex == SHN_UNDEF;
    }

    /** {@return whether it is a function} */
    public boolean isFunction() {
        return type == STT_FUNC;
    }

    /** {@return whether it stands for its section} */
    public boolean isSection() {
        return type == STT_SECTION;
    }

    /** {@return whether it is seen only inside its file} */
    public boolean isLocal() {
        return binding == STB_LOCAL;
    }

    /** {@return whether it gives way to another definition, or may stay undefined} */
    public boolean isWeak() {
        return binding == STB_WEAK;
    }

    /** {@return whether it is global by binding but not to be seen outside} */
    public boolean isHidden() {
        return visibility == STV_HIDDEN || visibility == STV_INTERNAL;
    }
}
