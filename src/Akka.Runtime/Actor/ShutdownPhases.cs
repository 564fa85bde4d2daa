using Akka.Configuration;

namespace Akka.Actor;

internal sealed record ShutdownPhase(string Name, IReadOnlyList<string> DependsOn, TimeSpan Timeout, bool Recover, bool Enabled);

/// <summary>The phases of the coordinated shutdown, each after those that it depends on.</summary>
internal sealed class ShutdownPhases
{
    private readonly Dictionary<string, ShutdownPhase> _byName;

    private ShutdownPhases(Dictionary<string, ShutdownPhase> byName)
    {
        _byName = byName;
        Ordered = Sort(byName);
    }

    public IReadOnlyList<ShutdownPhase> Ordered { get; }

    public static ShutdownPhases Read(Config config)
    {
        var defaultTimeout = config.GetTimeSpan("default-phase-timeout", TimeSpan.FromSeconds(5));
        var phases = config.GetConfig("phases");
        var names = phases.AsEnumerable().Select(phase => phase.Key).ToList();
        var byName = new Dictionary<string, ShutdownPhase>();
        foreach (var name in names)
        {
            var phase = phases.GetConfig(name);
            byName[name] = phase is null || phase.IsEmpty
                ? new ShutdownPhase(name, [], defaultTimeout, Recover: true, Enabled: true)
                : new ShutdownPhase(
                    name,
                    phase.HasPath("depends-on") ? [.. phase.GetStringList("depends-on")] : [],
                    phase.GetTimeSpan("timeout", defaultTimeout),
                    phase.GetBoolean("recover", true),
                    phase.GetBoolean("enabled", true));
        }
        return new ShutdownPhases(byName);
    }

    public bool Contains(string name) => _byName.ContainsKey(name);

    public ShutdownPhase Get(string name) => _byName.TryGetValue(name, out var phase)
        ? phase
        : throw new ArgumentException($"there is no phase [{name}] below akka.coordinated-shutdown.phases", nameof(name));

    private static List<ShutdownPhase> Sort(Dictionary<string, ShutdownPhase> byName)
    {
        var ordered = new List<ShutdownPhase>();
        var done = new HashSet<string>();
        var under = new HashSet<string>();
        void Visit(string name)
        {
            if (done.Contains(name))
                return;
            if (!under.Add(name))
                throw new ArgumentException($"the phases of akka.coordinated-shutdown depend on each other in a circle, at [{name}]");
            if (byName.TryGetValue(name, out var phase))
            {
                foreach (var before in phase.DependsOn)
                    Visit(before);
                ordered.Add(phase);
            }
            under.Remove(name);
            done.Add(name);
        }
        foreach (var name in byName.Keys)
            Visit(name);
        return ordered;
    }
}
