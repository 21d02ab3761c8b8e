package io.jbpf.object;

import io.jbpf.error.BpfException;
import io.jbpf.relocation.CoreTarget;

/**
 * What linking a program needs to know from outside: the maps it uses, and the types of the kernel it is for, with those
 * of its modules.
 */
public interface LinkTarget extends CoreTarget {
    /**
     * The descriptor of a map that exists already.
     *
     * @param mapName the map's name in {@link ObjectSpec#maps()}
     * @return the number to put into the instructions that use the map
     */
    int mapDescriptor(String mapName);

    /**
     * Where in a map's memory the object's variables start: 0 but for arenas, which have them at their end.
     *
     * @param mapName the map's name in {@link ObjectSpec#maps()}
     * @return the offset of the first variable, in bytes, less than 4 GiB
     */
    default long dataOffset(String mapName) {
        return 0;
    }

    /**
     * Where an extern is in the kernel.
     *
     * @param extern a variable, function or symbol; never a configuration option
     * @return its place; {@link ExternPlace.Missing} only if the extern is weak
     * @throws BpfException if it is not there and not weak
     */
    default ExternPlace extern(ExternSpec extern) {
        throw new BpfException("there is no kernel to look for " + extern);
    }
}
