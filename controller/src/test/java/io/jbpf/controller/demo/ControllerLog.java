package io.jbpf.controller.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.LoggerFactory;

/** The controller's log: kept in mind, or shown as it comes. */
final class ControllerLog {
    private static final int KEPT = 10;

    private final Deque<String> warnings = new ArrayDeque<>();

    private ControllerLog() {}

    /** Takes over the log of this process. */
    static ControllerLog capture(boolean shown) {
        ControllerLog log = new ControllerLog();
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(shown ? Level.WARN : Level.OFF);
        context.getLogger("io.jbpf").setLevel(shown ? Level.INFO : Level.WARN);
        AppenderBase<ILoggingEvent> memory = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                log.keep(event);
            }
        };
        memory.setContext(context);
        memory.start();
        root.addAppender(memory);
        if (shown) {
            PatternLayoutEncoder encoder = new PatternLayoutEncoder();
            encoder.setContext(context);
            encoder.setPattern("  %gray(%d{HH:mm:ss.SSS} %-5level %logger{0} - %msg%n)");
            encoder.start();
            ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
            console.setContext(context);
            console.setTarget("System.err");
            console.setEncoder(encoder);
            console.start();
            root.addAppender(console);
        }
        return log;
    }

    private synchronized void keep(ILoggingEvent event) {
        if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
            warnings.addLast(event.getFormattedMessage());
            if (warnings.size() > KEPT) {
                warnings.removeFirst();
            }
        }
    }

    /** {@return the last warnings and errors, in order} */
    synchronized List<String> warnings() {
        return List.copyOf(warnings);
    }
}
