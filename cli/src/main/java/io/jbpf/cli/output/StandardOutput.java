package io.jbpf.cli.output;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers why it failed. A {@link java.io.PrintWriter} only tells that it did, but a closed pipe
 * is an ordinary end and a full disk is not.
 */
public final class StandardOutput extends Writer {
    /** {@code strerror(EPIPE)}: all that an {@link IOException} keeps of the errno. */
    private static final String BROKEN_PIPE = "Broken pipe";

    private final Writer out;
    private @Nullable IOException failure;

    /** Standard output over a stream, in the platform's character set. */
    public StandardOutput(OutputStream stream) {
        out = new BufferedWriter(new OutputStreamWriter(stream, Charset.defaultCharset()));
    }

    /** {@return the first error, unless it is that the reader of a pipe has closed it, as head(1) does} */
    public Optional<IOException> failure() {
        return Optional.ofNullable(failure).filter(e -> !isBrokenPipe(e));
    }

    /** {@return whether the reader of a pipe has closed it} */
    public boolean readerWentAway() {
        return failure != null && isBrokenPipe(failure);
    }

    private static boolean isBrokenPipe(IOException e) {
        return BROKEN_PIPE.equals(e.getMessage());
    }

    @Override
    public void write(char[] characters, int offset, int length) throws IOException {
        remember(() -> out.write(characters, offset, length));
    }

    @Override
    public void flush() throws IOException {
        remember(out::flush);
    }

    @Override
    public void close() throws IOException {
        remember(out::close);
    }

    private void remember(Write write) throws IOException {
        try {
            write.run();
        } catch (IOException e) {
            if (failure == null) {
                failure = e;
            }
            throw e;
        }
    }

    @FunctionalInterface
    private interface Write {
        void run() throws IOException;
    }
}
