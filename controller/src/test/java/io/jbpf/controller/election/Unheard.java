package io.jbpf.controller.election;

/** For elections whose news nobody waits for. */
final class Unheard implements ElectionListener {
    @Override
    public void began() {}

    @Override
    public void ended(String why) {}

    @Override
    public void otherLeads(String identity) {}
}
