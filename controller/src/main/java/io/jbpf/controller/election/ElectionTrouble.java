package io.jbpf.controller.election;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.settings.ElectionSettings;
import io.jbpf.controller.text.ApiFailure;
import java.net.HttpURLConnection;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What keeps this process from the Lease: met again and again, said once, and once more when it is over. */
final class ElectionTrouble {
    private static final Logger LOG = LoggerFactory.getLogger(ElectionTrouble.class);

    private final ElectionSettings settings;
    private @Nullable Integer code;
    private int refusals;
    private volatile Optional<String> refusal = Optional.empty();

    ElectionTrouble(ElectionSettings settings) {
        this.settings = settings;
    }

    void met(KubernetesClientException e) {
        boolean isNew = !Objects.equals(code, e.getCode());
        code = e.getCode();
        if (code == HttpURLConnection.HTTP_FORBIDDEN || code == HttpURLConnection.HTTP_UNAUTHORIZED) {
            String sentence = "The API server refuses Lease " + settings.lockNamespace() + "/" + settings.lockName()
                    + ": " + ApiFailure.sentence(e) + "; allow this service account to get, create and update it.";
            // An API server that has just begun refuses everybody until it has read who may what.
            refusals = isNew ? 1 : refusals + 1;
            refusal = Optional.of(sentence);
            if (isNew) {
                LOG.warn(
                        "The API server refuses Lease {}/{} and will be asked again.",
                        settings.lockNamespace(),
                        settings.lockName());
            } else if (refusals == 2) {
                LOG.error("{}", sentence);
            }
        } else {
            refusal = Optional.empty();
            if (isNew) {
                LOG.warn(
                        "Lease {}/{} is out of reach and will be tried again: {}",
                        settings.lockNamespace(),
                        settings.lockName(),
                        ApiFailure.sentence(e));
            }
        }
    }

    void over() {
        refusal = Optional.empty();
        if (code != null) {
            code = null;
            LOG.info("Lease {}/{} is in reach again.", settings.lockNamespace(), settings.lockName());
        }
    }

    Optional<String> refusal() {
        return refusal;
    }
}
