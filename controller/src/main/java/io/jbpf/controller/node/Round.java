package io.jbpf.controller.node;

import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.function.Consumer;

/**
 * Goes round all of something that changes meanwhile, some at a time. Not for several threads at once.
 *
 * @param <T> what is looked at
 */
final class Round<T> {
    private final Collection<T> all;
    private final int most;
    private Iterator<T> left = Collections.emptyIterator();

    /**
     * Stands before the first.
     *
     * @param all a view whose iterators bear its changes
     * @param most how many at a time
     */
    Round(Collection<T> all, int most) {
        this.all = all;
        this.most = most;
    }

    /** {@return whether the next is the first again} */
    boolean isOver() {
        return !left.hasNext();
    }

    /** Looks at the next ones, no further than to the last. */
    void go(Consumer<T> look) {
        if (isOver()) {
            left = all.iterator();
        }
        for (int looks = 0; looks < most && left.hasNext(); looks++) {
            look.accept(left.next());
        }
    }
}
