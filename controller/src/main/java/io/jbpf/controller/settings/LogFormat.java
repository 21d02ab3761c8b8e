package io.jbpf.controller.settings;

/** How a line of the log looks. */
public enum LogFormat {
    /** Words for a person. */
    TEXT,
    /** A JSON object for a machine. */
    JSON
}
