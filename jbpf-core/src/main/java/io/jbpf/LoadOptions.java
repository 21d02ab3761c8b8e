package io.jbpf;

import io.jbpf.fs.BpfFs;
import java.util.Optional;

/**
 * How an object is loaded.
 *
 * @param pins where maps that ask to be pinned by name ({@code LIBBPF_PIN_BY_NAME}) are, or shall be, pinned
 */
public record LoadOptions(Optional<BpfFs> pins) {
    /** Pins in the root of /sys/fs/bpf. */
    public static final LoadOptions DEFAULTS = new LoadOptions(Optional.empty());

    /** {@return these options with another place for pins} */
    public LoadOptions withPins(BpfFs directory) {
        return new LoadOptions(Optional.of(directory));
    }
}
