package io.jbpf.controller.text;

/** Sentences for people, as far as Kubernetes has room for them. */
public final class Message {
    /** What the API server takes as an event's message, in characters; conditions and annotations of ours keep to it, too. */
    private static final int LONGEST = 1024;

    private Message() {}

    /**
     * Cuts off what is too much.
     *
     * @param text what to say
     * @return the text, or its first 1023 characters and an ellipsis
     */
    public static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
    }
}
