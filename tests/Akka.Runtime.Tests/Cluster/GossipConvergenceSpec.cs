using Akka.Cluster;
using static Akka.Runtime.Tests.Cluster.ClusterFixtures;

namespace Akka.Runtime.Tests.Cluster;

/// <summary>
/// Nodes without actors that change, gossip and lose messages at random, from a seed. Whatever happened, once changes end and gossip gets
/// through again, all have one version with one content, and the leader's work gets done.
/// </summary>
public sealed class GossipConvergenceSpec
{
    private const int RoundsToSettleMax = 400;

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(9)]
    public void All_agree_after_changes_and_losses(int count)
    {
        for (var seed = 0; seed < 150; seed++)
            Run(seed, count, steps: 120);
    }

    [Fact]
    public void Fifty_nodes_agree()
    {
        for (var seed = 0; seed < 2; seed++)
            Run(seed, 50, steps: 150);
    }

    private static void Run(int seed, int count, int steps)
    {
        var random = new Random(seed);
        var world = new World(random, count);
        for (var step = 0; step < steps; step++)
        {
            world.Change();
            for (var i = random.Next(count); i > 0; i--)
                world.Exchange(lossPercent: 30);
        }

        world.Heal();
        var rounds = 0;
        while (!world.IsSettled)
        {
            Assert.True(++rounds < RoundsToSettleMax * count, $"seed {seed} with {count} nodes has not settled: {world}");
            world.Exchange(lossPercent: 0);
            world.Lead();
        }

        world.Check($"seed {seed} with {count} nodes");
    }

    private sealed class World
    {
        private readonly Random _random;
        private readonly Dictionary<UniqueAddress, Gossip> _views = [];
        private readonly ClusterSettings _settings = Settings();
        private readonly int _count;
        private long _now;

        public World(Random random, int count)
        {
            (_random, _count) = (random, count);
            var first = Node("node0", 1);
            _views[first] = View(first.Is(MemberStatus.Up, 1));
        }

        public bool IsSettled
        {
            get
            {
                var first = _views.Values.First();
                return _views.Values.All(view => view.Version.Equals(first.Version) && view.Seen.SetEquals(_views.Keys))
                    && first.Members.All(member => member.Status == MemberStatus.Up && _views.ContainsKey(member.UniqueAddress));
            }
        }

        public override string ToString() => string.Join("\n", _views.Select(pair => $"{pair.Key.Address.Host}#{pair.Key.Uid}: {pair.Value}"));

        public void Change()
        {
            var by = Any();
            var view = _views[by];
            switch (_random.Next(8))
            {
                case 0 or 1 when _views.Count < _count:
                    var node = Node($"node{_random.Next(_count)}", _random.Next(1, 1_000_000));
                    if (_views.Keys.All(other => !other.Address.Equals(node.Address)) && view.Members.All(member => !member.Address.Equals(node.Address)))
                    {
                        _views[by] = view.With(node.Is(MemberStatus.Joining)).NextVersion(by);
                        _views[node] = _views[by].SeenBy(node);
                    }

                    break;
                case 2:
                    Update(by, view.Reachability.Unreachable(by, AnyMember(view)));
                    break;
                case 3 or 4:
                    Update(by, view.Reachability.Reachable(by, AnyMember(view)));
                    break;
                case 5 when _views.Count > 1 && _random.Next(4) == 0:
                    // Dies, and someone downs it.
                    _views.Remove(by);
                    break;
                default:
                    Lead(by);
                    break;
            }
        }

        /// <summary>The dead are found and downed, the living are reachable again.</summary>
        public void Heal()
        {
            foreach (var node in _views.Keys.ToList())
            {
                var view = _views[node];
                var reachability = view.Reachability;
                foreach (var member in view.Members)
                {
                    reachability = _views.ContainsKey(member.UniqueAddress)
                        ? reachability.Reachable(node, member.UniqueAddress)
                        : reachability.Unreachable(node, member.UniqueAddress);
                }

                Update(node, reachability);
            }
        }

        public void Lead()
        {
            var node = Any();
            foreach (var member in _views[node].Members.Where(member => member.Status != MemberStatus.Down && !_views.ContainsKey(member.UniqueAddress)))
            {
                var view = _views[node];
                _views[node] = (view.Down(member) with { Reachability = view.Reachability.Terminated(node, member.UniqueAddress) }).NextVersion(node);
            }

            Lead(node);
        }

        public void Exchange(int lossPercent)
        {
            var (from, to) = (Any(), Any());
            if (from == to)
                return;
            for (var hops = 0; hops < 4 && _random.Next(100) >= lossPercent; hops++)
            {
                if (GossipExchange.Joiner(_views[to], _views[from], from, to) is { } joiner)
                    _views[to] = _views[to].With(from.Is(MemberStatus.Joining, int.MaxValue, [.. joiner.Roles])).NextVersion(to);
                var before = _views[to];
                if (!before.Has(from) || !_views[from].Has(to))
                    return;
                var received = GossipExchange.Receive(before, _views[from], to);
                Assert.NotEqual(ClockOrder.After, before.Bury(received.Winner.Tombstones).Version.CompareTo(received.Winner.Version));
                Assert.Contains(to, received.Winner.Seen);
                Assert.Superset(before.Tombstones.Keys.ToHashSet(), received.Winner.Tombstones.Keys.ToHashSet());
                Assert.Empty(received.Winner.Members.Select(member => member.UniqueAddress).Intersect(received.Winner.Tombstones.Keys));
                _views[to] = received.Winner;
                if (!received.TalkBack)
                    return;
                (from, to) = (to, from);
            }
        }

        public void Check(string run)
        {
            var first = _views.Values.First();
            Assert.All(_views.Values, view => Assert.True(view.HasContentOf(first), run));
            Assert.Equal(_views.Keys.Order(), first.Members.Select(member => member.UniqueAddress));
            Assert.Equal(GossipDigest.Of(first), GossipDigest.Of(_views.Values.Last()));
        }

        private void Lead(UniqueAddress node)
        {
            var now = new Membership(_views[node], node);
            if (now.IsLeader && now.HasConverged(NoOne))
            {
                _views[node] = LeaderDuties.OnConvergence(now, NoOne, _settings, ++_now).Next;
            }
        }

        private void Update(UniqueAddress node, Reachability reachability)
        {
            if (!ReferenceEquals(reachability, _views[node].Reachability))
                _views[node] = (_views[node] with { Reachability = reachability }).NextVersion(node);
        }

        private UniqueAddress Any() => _views.Keys.ElementAt(_random.Next(_views.Count));

        private UniqueAddress AnyMember(Gossip view) => view.Members[_random.Next(view.Members.Count)].UniqueAddress;
    }
}
