package io.jbpf.controller.demo;

import io.jbpf.error.BpfException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The program that {@code deploy/demo} runs. Exit status: 0 if everything came about, 1 if something did not or the
 * demonstration failed, 2 if the command line is wrong; a signal ends it as it ends any JVM.
 */
public final class Demo {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Demo() {}

    /** Runs it. */
    public static void main(String[] arguments) {
        // The report has characters that not every locale has.
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        DemoOptions options;
        try {
            options = DemoOptions.parse(arguments);
        } catch (IllegalArgumentException e) {
            err.println("deploy/demo: " + e.getMessage() + "; see deploy/demo --help");
            System.exit(WRONG_USAGE);
            return;
        }
        Belongings belongings = new Belongings();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> tidy(belongings, err), "demo-stop"));
        boolean success = run(options, belongings, out, err);
        if (belongings.closing()) {
            // A signal's hook does that, and the JVM ends with the signal's status. An exit from here could overtake
            // it: one
            // that is not 0 takes effect at once when the hooks are done (JDK 17: java.lang.Shutdown.exit).
            return;
        }
        belongings.close();
        System.exit(success && belongings.complaints().isEmpty() ? 0 : FAILED);
    }

    private static void tidy(Belongings belongings, PrintStream err) {
        belongings.close();
        belongings.complaints().forEach(complaint -> err.println("deploy/demo: " + complaint));
    }

    private static boolean run(DemoOptions options, Belongings belongings, PrintStream out, PrintStream err) {
        try {
            return new Demonstration(options, belongings, out).run();
        } catch (RuntimeException e) {
            if (belongings.closing()) {
                // Everything is being taken away under its feet: what goes wrong now is no news.
                return false;
            }
            err.println("deploy/demo: " + sentence(e));
            if (options.verbose()) {
                e.printStackTrace(err);
            }
            return false;
        }
    }

    private static String sentence(RuntimeException failure) {
        return failure instanceof DemoFailure || failure instanceof BpfException
                ? Belongings.reason(failure)
                : failure + " (--verbose shows where)";
    }
}
