package io.jbpf.map;

import io.jbpf.sys.Fd;
import java.util.function.IntFunction;

/** Numbers of descriptors, for as long as a call needs them. */
final class Descriptors {
    private Descriptors() {}

    /** {@return what the work answers, during which the descriptor cannot be closed} */
    static <T> T with(DescriptorOwner owner, IntFunction<T> work) {
        Fd fd = owner.fd();
        int number = fd.acquire();
        try {
            return work.apply(number);
        } finally {
            fd.release();
        }
    }
}
