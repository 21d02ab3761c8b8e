package io.jbpf.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.util.List;

/**
 * One run of the command line in this virtual machine.
 *
 * @param status the exit status
 * @param out what went to standard output
 * @param err what went to standard error
 */
public record InProcess(int status, String out, String err) {
    /** Runs a command line. */
    public static InProcess jbpf(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StringWriter err = new StringWriter();
        int status = Main.run(arguments, new Session(new StopSignal(), false), out, new PrintWriter(err, true));
        return new InProcess(status, out.toString(Charset.defaultCharset()), err.toString());
    }

    /** {@return the lines of standard output} */
    public List<String> lines() {
        return out.lines().toList();
    }
}
