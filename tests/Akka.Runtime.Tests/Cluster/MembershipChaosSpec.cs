using Akka.Cluster;
using Xunit.Abstractions;

namespace Akka.Runtime.Tests.Cluster;

/// <summary>
/// Nodes are killed, restarted at the same address, cut off, downed, and leave, in an order that a seed decides. In the end those that run
/// agree that they, and no others, are the members.
/// </summary>
public sealed class MembershipChaosSpec(ITestOutputHelper output)
{
    private const int Nodes = 5;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public async Task Those_that_run_agree_in_the_end(int seed)
    {
        var random = new Random(seed);
        await using var cluster = new ClusterOfNodes("akka.cluster.failure-detector.acceptable-heartbeat-pause = 500ms");
        var running = (await cluster.FormAsync(Nodes)).ToList();
        var dead = new List<ClusterNode>();
        for (var step = 0; step < 14; step++)
        {
            var node = running[random.Next(running.Count)];
            var other = running[(running.IndexOf(node) + 1) % running.Count];
            switch (random.Next(6))
            {
                case 0 when running.Count > 3:
                    output.WriteLine($"kill {node.Address}");
                    running.Remove(node);
                    dead.Add(node);
                    await cluster.KillAsync(node);
                    break;
                case 1 when dead.Count > 0:
                    var ghost = dead[random.Next(dead.Count)];
                    output.WriteLine($"restart {ghost.Address}");
                    dead.Remove(ghost);
                    await cluster.KillAsync(ghost);
                    var again = cluster.Start($"akka.remote.dot-netty.tcp.port = {ghost.Address.Port}");
                    again.Cluster.JoinSeedNodes(running.Select(member => member.Address));
                    running.Add(again);
                    break;
                case 2 when running.Count > 3:
                    output.WriteLine($"leave {node.Address}");
                    running.Remove(node);
                    _ = node.Cluster.LeaveAsync();
                    dead.Add(node);
                    break;
                case 3:
                    output.WriteLine($"cut {node.Address}");
                    cluster.Network.Cut([node], running.Where(member => member != node));
                    if (other.StatusOf(node) == MemberStatus.Up)
                        await other.UntilAsync("aware of a cut", () => other.Cluster.State.Unreachable.Any() || other.Cluster.IsTerminated);
                    break;
                case 4:
                    output.WriteLine("heal");
                    cluster.Network.Heal();
                    break;
                default:
                    foreach (var ended in dead)
                        node.Cluster.Down(ended.Address);
                    break;
            }
        }

        output.WriteLine("settle");
        cluster.Network.Heal();
        foreach (var ended in dead)
        {
            await cluster.KillAsync(ended);
            foreach (var node in running)
                node.Cluster.Down(ended.Address);
        }

        foreach (var node in running)
            await node.UntilUpAsync([.. running]);
    }
}
