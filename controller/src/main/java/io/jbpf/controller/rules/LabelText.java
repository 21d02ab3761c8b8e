package io.jbpf.controller.rules;

import java.util.Optional;
import java.util.regex.Pattern;

/** What Kubernetes takes for the key of a label or annotation, and for the value of a label. */
final class LabelText {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
    private static final Pattern DOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    private static final int LONGEST_DOMAIN = 253;
    private static final int LONGEST_QUOTE = 80;

    private LabelText() {}

    /** A part of a sentence about a text that can be no key; empty if it can. */
    static Optional<String> complaintAboutKey(String key) {
        int slash = key.indexOf('/');
        String domain = slash < 0 ? "" : key.substring(0, slash);
        boolean domainIsGood = slash < 0
                || (domain.length() <= LONGEST_DOMAIN && DOMAIN.matcher(domain).matches());
        if (domainIsGood && NAME.matcher(key.substring(slash + 1)).matches()) {
            return Optional.empty();
        }
        return Optional.of(quote(key) + " is no key of a label or annotation: at most 63 letters, digits, dashes,"
                + " underscores and dots, perhaps after a domain and a slash");
    }

    /** A part of a sentence about a text that can be no value of a label; empty if it can. */
    static Optional<String> complaintAboutValue(String value) {
        return value.isEmpty() || NAME.matcher(value).matches()
                ? Optional.empty()
                : Optional.of(quote(value) + " is no value of a label: at most 63 letters, digits, dashes, underscores"
                        + " and dots, beginning and ending with a letter or digit");
    }

    static String quote(String text) {
        return '"' + (text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "…") + '"';
    }
}
