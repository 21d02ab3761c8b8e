package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.jbpf.controller.text.Message;

/**
 * Something that a user should know about an object of his.
 *
 * @param about the object
 * @param warning whether something is not as it should be
 * @param reason one word, such as {@code AttachFailed}
 * @param message a sentence
 */
public record ObservedEvent(ObjectReference about, boolean warning, String reason, String message) {
    /** Shortens the message to what an event may have. */
    public ObservedEvent {
        message = Message.cut(message);
    }

    /**
     * How an event names what it is about.
     *
     * @param object an object as the API server gave it
     * @return a reference to this life of it
     */
    public static ObjectReference reference(HasMetadata object) {
        return new ObjectReferenceBuilder()
                .withApiVersion(object.getApiVersion())
                .withKind(object.getKind())
                .withNamespace(object.getMetadata().getNamespace())
                .withName(object.getMetadata().getName())
                .withUid(object.getMetadata().getUid())
                .withResourceVersion(object.getMetadata().getResourceVersion())
                .build();
    }

    /** {@code Normal} or {@code Warning}. */
    String type() {
        return warning ? "Warning" : "Normal";
    }
}
