package io.jbpf.link;

import io.jbpf.error.BpfException;

/** A program's section does not say enough to attach it: something must be given, and the message says what and how. */
public final class NoAutoAttachException extends BpfException {
    private static final long serialVersionUID = 1L;

    private final String needs;

    /**
     * A program that cannot be attached by its section alone.
     *
     * @param program its name
     * @param section its section
     * @param needs what must be given, and to whom: {@code an interface: XdpLink.attach(program, interfaceIndex)}
     */
    public NoAutoAttachException(String program, String section, String needs) {
        super("cannot attach program '" + program + "' by its section '" + section + "'; give " + needs);
        this.needs = needs;
    }

    /** {@return what must be given, and to whom: {@code an interface: XdpLink.attach(program, interfaceIndex)}} */
    public String needs() {
        return needs;
    }
}
