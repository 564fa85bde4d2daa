using Akka.Cluster.Sharding;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Runtime.Tests.Configuration;

/// <summary>
/// Every default setting has Akka.NET's value, or is named here with ours. The official values are in <c>../shared</c> beside the
/// checkout; without it this is skipped, and says so.
/// </summary>
public sealed class DefaultsSpec
{
    /// <summary>Ours, by key: Akka.NET's split brain resolver is not part of the runtime; the others are the test's own.</summary>
    private static readonly Dictionary<string, string> Ours = new()
    {
        ["akka.cluster.downing-provider-class"] = "",
        ["akka.actor.provider"] = "cluster",
        ["akka.remote.dot-netty.tcp.hostname"] = "127.0.0.1",
        ["akka.coordinated-shutdown.run-by-clr-shutdown-hook"] = "off",
    };

    private static readonly string[] Sections = ["akka.cluster", "akka.persistence", "akka.coordinated-shutdown", "akka.actor", "akka.remote", "akka.scheduler"];

    [SkippableFact]
    public async Task Defaults_are_those_of_Akka_NET()
    {
        var file = SettingsFile();
        Skip.If(file is null, "there is no file ../shared/akka-1.5.30-api/settings.txt beside the checkout");
        var official = File.ReadLines(file!).Select(line => line.Split(" = ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        await using var context = new ActorTestContext("akka { actor.provider = cluster, remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 } }");
        Akka.Persistence.Persistence.Instance.Apply(context.System);
        ClusterSharding.Get(context.System);
        var differing = new List<string>();
        var compared = 0;
        foreach (var section in Sections)
        {
            foreach (var (key, value) in Leaves(section, context.System.Settings.Config.GetValue(section)))
            {
                var expected = Ours.TryGetValue(key, out var ours) ? ours : official.TryGetValue(key, out var theirs) ? theirs : null;
                compared += expected is null ? 0 : 1;
                if (expected is not null && Normal(expected) != Normal(value))
                {
                    differing.Add($"{key} is {value}, in Akka.NET {expected}");
                }
            }
        }

        Assert.Empty(differing);
        Assert.True(compared > 80, $"only {compared} keys were found on both sides");
    }

    private static IEnumerable<(string Key, string Value)> Leaves(string path, HoconValue value)
    {
        if (!value.IsObject())
        {
            yield return (path, value.IsArray() ? $"[{string.Join(", ", value.GetStringList())}]" : value.GetString() ?? "");
            yield break;
        }

        foreach (var (key, inner) in value.GetObject().Items)
        {
            foreach (var leaf in Leaves($"{path}.{(key.Contains('.') ? $"\"{key}\"" : key)}", inner))
            {
                yield return leaf;
            }
        }
    }

    /// <summary>Durations, quoting and empty lists are written in several ways.</summary>
    private static string Normal(string value)
    {
        var bare = value.Trim('"').Replace("<<unknown value>>", "[]").Trim();
        try
        {
            return ConfigurationFactory.ParseString($"d = \"{bare}\"").GetTimeSpan("d").ToString();
        }
        catch (FormatException)
        {
            return bare;
        }
    }

    private static string? SettingsFile()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "akka-1.5.30-api", "settings.txt"));
            if (File.Exists(file))
            {
                return file;
            }
        }

        return null;
    }
}
