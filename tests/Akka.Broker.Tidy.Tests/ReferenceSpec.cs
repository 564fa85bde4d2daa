using System.Xml.Linq;

namespace Akka.Broker.Tidy.Tests;

/// <summary>References between rooms point one way.</summary>
public sealed class ReferenceSpec
{
    // A room and all that it may see.
    private static readonly Dictionary<string, string[]> MaySee = new()
    {
        ["Akka.Runtime"] = [],
        ["Akka.Runtime.TestKit"] = ["Akka"],
        ["Akka.Broker.Protocol.Generator"] = [],
        ["Akka.Broker.Protocol"] = ["Akka.Broker.Protocol.Generator"],
        ["Akka.Broker.Connections"] = ["Akka.Broker.Protocol"],
        ["Akka.Broker.Client"] = ["Akka", "Akka.Broker.Protocol", "Akka.Broker.Connections"],
        ["Akka.Broker.Storage"] = ["Akka.Broker.Protocol"],
        ["Akka.Broker.Replication"] = ["Akka.Broker.Protocol", "Akka.Broker.Protocol.Generator"],
        ["Akka.Broker.Coordination"] = ["Akka.Broker.Protocol", "Akka.Broker.Protocol.Generator"],
        ["Akka.Broker"] = ["Akka", "Akka.Broker.Protocol", "Akka.Broker.Protocol.Generator", "Akka.Broker.Connections", "Akka.Broker.Storage", "Akka.Broker.Replication", "Akka.Broker.Coordination"],
        ["Akka.Runtime.Cmd"] = ["Akka"],
        ["Akka.Broker.Cmd"] = ["Akka", "Petabridge.Cmd", "Akka.Broker"],
        ["Akka.Broker.Host"] = ["Akka", "Akka.Broker", "Akka.Broker.Cmd"],
        ["Pbm"] = [],
    };

    [Fact]
    public void Every_room_sees_only_what_lies_below_it()
    {
        var wrong = new List<string>();
        foreach (var path in SourceTree.Projects)
        {
            var room = Path.GetFileNameWithoutExtension(path);
            if (!MaySee.TryGetValue(room, out var allowed))
            {
                wrong.Add($"{room} is a new room: say in {nameof(ReferenceSpec)} what it may see");
                continue;
            }

            wrong.AddRange(References(XDocument.Load(path)).Where(r => !allowed.Contains(r)).Select(r => $"{room} must not see {r}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Where_akka_comes_from_is_decided_in_one_file()
    {
        var wrong = SourceTree.Projects.Where(p => File.ReadAllText(p) is var text
            && (text.Contains("Akka.Runtime.csproj", StringComparison.Ordinal) || text.Contains("Akka.Runtime.Cmd.csproj", StringComparison.Ordinal) || text.Contains("Include=\"Akka\"", StringComparison.Ordinal) || text.Contains("AkkaSource", StringComparison.Ordinal)));
        Assert.Empty(wrong);
    }

    private static IEnumerable<string> References(XDocument project)
    {
        foreach (var reference in project.Descendants("ProjectReference"))
            yield return Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value);
        if (project.Descendants("UsesAkka").Any(e => e.Value is "true" or "core"))
            yield return "Akka";
        if (project.Descendants("UsesCmd").Any(e => e.Value == "true"))
            yield return "Petabridge.Cmd";
    }
}
