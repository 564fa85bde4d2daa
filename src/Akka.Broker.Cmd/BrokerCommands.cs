using Akka.Broker.Cmd.Palettes;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Operations;
using Petabridge.Cmd.Host;

namespace Akka.Broker.Cmd;

/// <summary>The operator's command line of a broker: its palettes, on the actor system's host. Any thread.</summary>
public static class BrokerCommands
{
    /// <summary>Every palette; made on first use, since a broker need not wait for it.</summary>
    internal static IReadOnlyList<BrokerPalette> All { get; } =
    [
        BenchPalette.Create(),
        BrokerPaletteVerbs.Create(),
        ClusterPalette.Create(),
        ConfigPalette.Create(),
        ControllerPalette.Create(),
        GroupPalette.Create(),
        PartitionPalette.Create(),
        TopicPalette.Create(),
    ];

    /// <summary>Takes commands on <c>petabridge.cmd { host, port }</c> until the actor system ends.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be had.</exception>
    public static void Serve(BrokerAdministration node)
    {
        var host = PetabridgeCmd.Get(node.System);
        foreach (var palette in All)
            host.RegisterCommandPalette(new PaletteHandler(palette, node));
        host.Start();
    }
}
