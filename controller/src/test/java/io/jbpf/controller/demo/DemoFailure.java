package io.jbpf.controller.demo;

/** The demonstration cannot go on. The message is a sentence for whoever runs it. */
final class DemoFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DemoFailure(String message) {
        super(message);
    }

    DemoFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
