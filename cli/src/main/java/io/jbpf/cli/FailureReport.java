package io.jbpf.cli;

import io.jbpf.cli.output.OutputFailure;
import io.jbpf.cli.output.Printable;
import io.jbpf.error.BpfException;
import io.jbpf.error.VerifierException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * Tells a failure on standard error: one sentence that names the thing and the way out. With {@code --verbose} the stack
 * trace follows, and the verifier's whole log if it was the verifier that refused.
 */
public final class FailureReport {
    private final PrintWriter err;
    private final boolean verbose;

    /**
     * A way to tell failures.
     *
     * @param err standard error
     * @param verbose whether stack traces and logs are wanted
     */
    public FailureReport(PrintWriter err, boolean verbose) {
        this.err = err;
        this.verbose = verbose;
    }

    /**
     * Tells a failure.
     *
     * @return the exit status it leads to
     */
    public int print(Throwable failure) {
        if (failure instanceof OutputFailure) {
            // Main knows why, and whether there is anything to tell.
            return ExitStatus.FAILED;
        }
        err.println("jbpf: " + Printable.text(sentence(failure)));
        if (verbose) {
            verifierLog(failure);
            failure.printStackTrace(err);
        }
        err.flush();
        return ExitStatus.FAILED;
    }

    private void verifierLog(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof VerifierException refusal) {
                refusal.log().lines().map(Printable::text).forEach(err::println);
                return;
            }
        }
    }

    /** {@return what went wrong, in one sentence} */
    public static String sentence(Throwable failure) {
        if (failure instanceof UncheckedIOException && failure.getCause() instanceof IOException cause) {
            return sentence(cause);
        }
        if (failure instanceof VerifierException refusal) {
            return words(refusal) + "; --verbose shows the verifier's log";
        }
        if (failure instanceof BpfException
                || failure instanceof CommandFailure
                || failure instanceof UnsupportedOperationException) {
            return words(failure);
        }
        if (failure instanceof FileSystemException file) {
            return aboutFile(file);
        }
        if (failure instanceof OutOfMemoryError) {
            return "out of memory: " + words(failure) + "; give Java more with -Xmx";
        }
        if (failure instanceof LinkageError) {
            return "the native binding does not load: " + words(failure)
                    + "; it needs Linux on x86_64 or aarch64, and a directory to unpack a library in"
                    + " (-Djava.io.tmpdir=DIRECTORY) that is not mounted noexec";
        }
        if (failure instanceof IOException) {
            return words(failure);
        }
        return "unexpected " + failure.getClass().getSimpleName() + ": " + words(failure)
                + "; this is a defect in jbpf, --verbose shows where";
    }

    private static String aboutFile(FileSystemException failure) {
        String file = "'" + failure.getFile() + "'";
        if (failure instanceof NoSuchFileException) {
            return "there is no file " + file;
        }
        if (failure instanceof AccessDeniedException) {
            return file + " is not for this user to read";
        }
        @Nullable String reason = failure.getReason();
        return file + ": " + (reason == null ? failure.getClass().getSimpleName() : reason);
    }

    private static String words(Throwable failure) {
        @Nullable String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
