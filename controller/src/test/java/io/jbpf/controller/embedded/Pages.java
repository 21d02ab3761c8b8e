package io.jbpf.controller.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/** Lists by pages: {@code limit} and {@code continue}, in the order of namespaces and names. */
final class Pages {
    private Pages() {}

    static ObjectNode page(ObjectNode list, int limit, String continueToken) {
        List<JsonNode> items = new ArrayList<>();
        list.path("items").forEach(items::add);
        items.sort(Comparator.comparing(Pages::key));
        String after = new String(Base64.getUrlDecoder().decode(continueToken), StandardCharsets.UTF_8);
        items.removeIf(item -> !after.isEmpty() && key(item).compareTo(after) <= 0);

        ObjectNode page = list.deepCopy();
        ObjectNode metadata =
                page.get("metadata") instanceof ObjectNode existing ? existing : page.putObject("metadata");
        ArrayNode kept = page.putArray("items");
        for (JsonNode item : items.subList(0, Math.min(limit, items.size()))) {
            kept.add(item);
        }
        if (items.size() > limit) {
            String last = key(items.get(limit - 1));
            metadata.put(
                    "continue",
                    Base64.getUrlEncoder().withoutPadding().encodeToString(last.getBytes(StandardCharsets.UTF_8)));
            metadata.put("remainingItemCount", items.size() - limit);
        }
        return page;
    }

    private static String key(JsonNode item) {
        return Json.namespace(item) + "/" + Json.name(item);
    }
}
