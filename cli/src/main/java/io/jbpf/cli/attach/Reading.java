package io.jbpf.cli.attach;

import java.util.List;

/** What a program has counted up to a moment: a record whose components are the JSON that {@code -o json} shows. */
interface Reading {
    /**
     * The same as text.
     *
     * @param screen whether it has to fit one: then only the busiest are shown, and how many are left out
     */
    List<String> lines(boolean screen);

    /** {@return whether there is nothing more to count} */
    default boolean over() {
        return false;
    }
}
