package io.jbpf.controller.settings;

/** An environment variable that the controller cannot start with. The message names the variable and its value. */
public final class InvalidSettingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String variable;

    InvalidSettingException(String variable, String message) {
        super(message);
        this.variable = variable;
    }

    /**
     * The variable that is wrong.
     *
     * @return its name, such as {@code METRICS_ADDR}
     */
    public String variable() {
        return variable;
    }
}
