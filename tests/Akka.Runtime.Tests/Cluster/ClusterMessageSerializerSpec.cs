using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Serialization;
using static Akka.Runtime.Tests.Cluster.ClusterFixtures;

namespace Akka.Runtime.Tests.Cluster;

public sealed class ClusterMessageSerializerSpec : IAsyncLifetime
{
    private readonly ActorTestContext _context = new("");
    private readonly ClusterMessageSerializer _serializer;

    public ClusterMessageSerializerSpec() => _serializer = new((ExtendedActorSystem)_context.System);

    public static TheoryData<string> Manifests() => [.. Messages().Keys];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _context.DisposeAsync();

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Message_is_read_as_it_was_written(string manifest)
    {
        var message = Messages()[manifest];
        Assert.Equal(manifest, _serializer.Manifest(message));
        var read = _serializer.FromBinary(_serializer.ToBinary(message), manifest);
        Assert.Equal(Text(message), Text(read));
    }

    [Theory]
    [InlineData("HB", "01000009616b6b612e746370010574657374020261d51f01000000010001030262d51f0100000009")]
    [InlineData("J", "01000009616b6b612e746370010574657374020261d51f0100000002030278040279")]
    [InlineData("EC", "01000009616b6b612e746370010574657374020263d51f01000000")]
    [InlineData(
        "GE",
        "01000009616b6b612e746370010574657374020261d51f01000000010001030262d51f01000000040001010204027805027901000000020001060263"
        + "d51f0100000003ac020105030001070264d51f01000000040400010102000202010103020201010101020002010201040001080265d51f0100000080"
        + "a0abfef962")]
    public void Form_is_the_one_that_other_nodes_read(string manifest, string golden)
    {
        var bytes = Convert.ToHexStringLower(_serializer.ToBinary(Messages()[manifest]));
        Assert.True(golden == bytes, $"{manifest} is {bytes}");
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Cut_bytes_are_refused(string manifest)
    {
        var bytes = _serializer.ToBinary(Messages()[manifest]);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes[..length], manifest));
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Lying_bytes_do_no_harm(string manifest)
    {
        var bytes = _serializer.ToBinary(Messages()[manifest]);
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (byte lie in new byte[] { 0, 1, 0x7f, 0x80, 0xff })
            {
                var altered = bytes.ToArray();
                altered[i] = lie;
                try
                {
                    _serializer.FromBinary(altered, manifest);
                }
                catch (SerializationException)
                {
                    // Refused, which is the other thing that may happen.
                }
            }
        }
    }

    [Fact]
    public void Other_version_is_refused_with_a_clear_line()
    {
        var bytes = _serializer.ToBinary(Messages()["HB"]);
        bytes[0] = 9;
        Assert.Contains("version 9", Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes, "HB")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gossip_of_fifty_members_is_small()
    {
        var members = Enumerable.Range(0, 50).Select(i => Node($"broker{i}.example.com", 1_000_000 + i).Is(MemberStatus.Up, i + 1, "broker", $"broker-{i}")).ToArray();
        Assert.InRange(_serializer.ToBinary(new GossipEnvelope(A, B, View(members))).Length, 1000, 4096);
    }

    private static Dictionary<string, object> Messages()
    {
        var gossip = View(A.Is(MemberStatus.Up, 1, "x", "y"), B.Is(MemberStatus.Joining), C.Is(MemberStatus.Exiting, 300, "y"), D.Is(MemberStatus.Down, 4))
            .Cannot(A, B).Cannot(C, B).NextVersion(B);
        gossip = (gossip with { Reachability = gossip.Reachability.Terminated(A, D) }).Bury([KeyValuePair.Create(Node("e"), 1_700_000_000_000)]);
        return new()
        {
            ["HB"] = new Heartbeat(A, B, 9),
            ["HR"] = new HeartbeatResponse(A, Node("a", uid: -7), 300),
            ["GE"] = new GossipEnvelope(A, B, gossip),
            ["GS"] = new GossipStatus(A, B, GossipDigest.Of(gossip)),
            ["IJ"] = new InitJoin(A),
            ["IJA"] = new InitJoinAck(A),
            ["IJN"] = new InitJoinNack(A),
            ["J"] = new Join(A, ["x", "y"]),
            ["W"] = new Welcome(A, gossip),
            ["EC"] = new ExitingConfirmed(C),
        };
    }

    /// <summary>What matters of a message, in a fixed order.</summary>
    private static string Text(object message) => message switch
    {
        GossipEnvelope envelope => $"{envelope.From} {envelope.To} {Text(envelope.Gossip)}",
        Welcome welcome => $"{welcome.From} {Text(welcome.Gossip)}",
        Join join => $"{join.Node} {string.Join(",", join.Roles.Order())}",
        Gossip gossip => $"{gossip} {string.Join(",", gossip.Seen.Order())} {string.Join(",", gossip.Tombstones)} "
            + string.Join(",", gossip.Reachability.Rows.Select(row => $"{row.Key} {row.Value.Version} {string.Join(",", row.Value.Subjects)}")),
        _ => message.ToString()!,
    };
}
