package io.jbpf.programs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/**
 * Another process that makes system calls when it is told to: getppid(2), which nothing else in a JVM makes. It waits
 * before, between and after, and ends when it is closed.
 */
final class Caller implements AutoCloseable {
    private final Process process;
    private final PrintStream orders;
    private final BufferedReader answers;

    /** The same in C, which starts at once; where there is no compiler, a virtual machine does it. */
    private static final Optional<Path> NATIVE = compiled();

    private Caller(Process process) {
        this.process = process;
        this.orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** {@return a new process, ready for orders} */
    static Caller start() {
        try {
            Process process = new ProcessBuilder(NATIVE.<List<String>>map(program -> List.of(program.toString()))
                            .orElseGet(Caller::virtualMachine))
                    .redirectError(Redirect.INHERIT)
                    .start();
            Caller caller = new Caller(process);
            caller.expect("ready");
            return caller;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> virtualMachine() {
        return List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Caller.class.getName());
    }

    private static Optional<Path> compiled() {
        try {
            Path program = Files.createTempFile("jbpf-caller", "");
            program.toFile().deleteOnExit();
            Process compiler = new ProcessBuilder(
                            "gcc", "-O", "-pthread", "-o", program.toString(), "src/test/c/caller.c")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (compiler.waitFor() != 0) {
                throw new AssertionError("src/test/c/caller.c does not compile: " + said);
            }
            return Optional.of(program);
        } catch (IOException e) {
            // No gcc on the PATH.
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    int pid() {
        return (int) process.pid();
    }

    /** Has it call getppid that often, and returns when it has. */
    void call(long times) {
        begin(times);
        finish();
    }

    /** Has it call getppid that often, and returns at once. */
    void begin(long times) {
        orders.println("call " + times);
    }

    /** Returns when it has done what was begun. */
    void finish() {
        expect("done");
    }

    /** Has it start a child, which stays and takes orders too; answers the child's process id. */
    int spawn() {
        orders.println("spawn");
        return Integer.parseInt(line());
    }

    /** Has so many new threads call getppid that often each, at once, and returns when they have and are gone. */
    void callInThreads(int threads, long times) {
        orders.println("threads " + threads + " " + times);
        expect("done");
    }

    /** Has it call getppid that often as 32-bit programs do; answers whether it can. Only the one in C knows how. */
    boolean callIa32(long times) {
        if (NATIVE.isEmpty()) {
            return false;
        }
        orders.println("ia32 " + times);
        return line().equals("yes");
    }

    /** Keeps it on processor 0. Only the one in C knows how. */
    void stayOnFirstProcessor() {
        orders.println("stay");
        expect("done");
    }

    /**
     * Has it sleep a moment and then call getppid some times, that often, as a real-time task on processor 0, which preempts
     * whoever runs there; answers whether it can. Only the one in C knows how.
     */
    boolean callInNaps(int naps, int times) {
        if (NATIVE.isEmpty()) {
            return false;
        }
        orders.println("naps " + naps + " " + times);
        return line().equals("yes");
    }

    /** Has its child call getppid that often, and returns when it has. */
    void callInChild(long times) {
        orders.println("child " + times);
        expect("done");
    }

    /** Has its child end, and returns when it has. */
    void endChild() {
        orders.println("end");
        expect("done");
    }

    private void expect(String answer) {
        String line = line();
        if (!line.equals(answer)) {
            throw new AssertionError("the calling process answered '" + line + "' instead of '" + answer + "'");
        }
    }

    private String line() {
        try {
            return Objects.requireNonNull(answers.readLine(), "the calling process has ended");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Has it end, and its child with it, and returns when it has. Closing does the same. */
    void end() {
        close();
    }

    @Override
    public void close() {
        orders.close();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new AssertionError("the calling process does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }

    private static void inThreads(int count, Runnable work) {
        List<Thread> threads =
                IntStream.range(0, count).mapToObj(i -> new Thread(work)).toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The other process. */
    public static void main(String[] args) throws IOException {
        POSIX libc = POSIXFactory.getNativePOSIX();
        libc.getppid();
        System.out.println("ready");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Caller child = null;
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            List<String> order = List.of(line.split(" ", -1));
            switch (order.get(0)) {
                case "call" -> {
                    for (long i = Long.parseLong(order.get(1)); i > 0; i--) {
                        libc.getppid();
                    }
                    System.out.println("done");
                }
                case "threads" -> {
                    inThreads(Integer.parseInt(order.get(1)), () -> {
                        for (long i = Long.parseLong(order.get(2)); i > 0; i--) {
                            libc.getppid();
                        }
                    });
                    System.out.println("done");
                }
                case "spawn" -> {
                    child = Caller.start();
                    System.out.println(child.pid());
                }
                case "child" -> {
                    Objects.requireNonNull(child).call(Long.parseLong(order.get(1)));
                    System.out.println("done");
                }
                case "end" -> {
                    Objects.requireNonNull(child).close();
                    System.out.println("done");
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
        if (child != null) {
            child.close();
        }
    }
}
