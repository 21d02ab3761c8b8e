package io.jbpf.controller.settings;

/** How much the controller says. */
public enum LogLevel {
    /** Everything, for a developer. */
    TRACE,
    /** Each step, for a diagnosis. */
    DEBUG,
    /** One line per change of state. */
    INFO,
    /** Only what an operator should look at. */
    WARN,
    /** Only what stopped something. */
    ERROR
}
