package io.jbpf.controller;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import io.jbpf.controller.settings.LogFormat;
import io.jbpf.controller.settings.LogLevel;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.LoggerFactory;

/** Sets up the log: to standard output, one line per event, as text or as JSON. */
final class Logging {
    private Logging() {}

    static void configure(LogLevel level, LogFormat format) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender(context, format, true));
        root.setLevel(Level.WARN);
        // It tells with a stack trace that nobody answers, each time that it tries; where it came from helps nobody.
        Logger client = context.getLogger("io.fabric8");
        client.setAdditive(false);
        client.addAppender(appender(context, format, false));
        // That our own resource is an alpha version need not be said at every start.
        context.getLogger("io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils")
                .setLevel(Level.ERROR);
        // Ours as asked; the client's reconnecting would drown it.
        context.getLogger("io.jbpf").setLevel(Level.toLevel(level.name()));
    }

    private static ConsoleAppender<ILoggingEvent> appender(
            LoggerContext context, LogFormat format, boolean stackTraces) {
        Encoder<ILoggingEvent> encoder =
                format == LogFormat.JSON ? json(context, stackTraces) : text(context, stackTraces);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName(stackTraces ? "stdout" : "stdout without stack traces");
        appender.setEncoder(encoder);
        appender.start();
        return appender;
    }

    private static Encoder<ILoggingEvent> text(LoggerContext context, boolean stackTraces) {
        PatternLayout layout = stackTraces ? new PatternLayout() : new CauseInTheLine();
        layout.setContext(context);
        layout.setPattern(
                "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level %logger{0} - %msg" + (stackTraces ? "%n" : "%nopex%n"));
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        return encoder;
    }

    /** Tells of an exception what it is, and not where it came from. */
    private static final class CauseInTheLine extends PatternLayout {
        private static final Set<String> WRAPPERS =
                Set.of(CompletionException.class.getName(), ExecutionException.class.getName());

        @Override
        public String doLayout(ILoggingEvent event) {
            String line = super.doLayout(event);
            IThrowableProxy cause = event.getThrowableProxy();
            if (cause == null) {
                return line;
            }
            while (cause.getCause() != null && WRAPPERS.contains(cause.getClassName())) {
                cause = cause.getCause();
            }
            String message = cause.getMessage();
            return line.stripTrailing() + ": " + cause.getClassName()
                    + (message == null ? "" : ": " + message.replace('\n', ' ')) + System.lineSeparator();
        }
    }

    private static Encoder<ILoggingEvent> json(LoggerContext context, boolean stackTraces) {
        JsonEncoder encoder = new JsonEncoder();
        encoder.setContext(context);
        encoder.setWithFormattedMessage(true);
        encoder.setWithMessage(false);
        encoder.setWithArguments(false);
        encoder.setWithContext(false);
        encoder.setWithSequenceNumber(false);
        encoder.setWithNanoseconds(false);
        encoder.setWithThrowable(stackTraces);
        return encoder;
    }
}
