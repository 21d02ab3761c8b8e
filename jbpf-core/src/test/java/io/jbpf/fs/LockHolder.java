package io.jbpf.fs;

import io.jbpf.testkit.HoldingProcess;
import java.io.IOException;
import java.nio.file.Path;

/** Another process that holds the lock of a directory. */
final class LockHolder {
    private LockHolder() {}

    @SuppressWarnings("try") // held, not used
    public static void main(String[] arguments) throws IOException {
        try (BpffsLock lock = BpffsLock.acquire(Path.of(arguments[0]))) {
            HoldingProcess.hold();
        }
    }
}
