using Akka.Cluster.Sharding;

namespace Akka.Runtime.Tests.Cluster.Sharding;

/// <summary>The coordinator's rules by table: each line is an event and the effects that it has, in their order.</summary>
public sealed class CoordinatorStateSpec
{
    [Fact]
    public void Shard_that_is_asked_for_is_decided_on_hosted_and_told_to_all() => new Script()
        .On("A registers", "Watch(A)", "Acknowledge(A)")
        .On("B registers", "Watch(B)", "Acknowledge(B)")
        .On("P is a proxy", "Watch(P)", "Acknowledge(P)")
        .On("recovered")
        .On("B asks for 1", "Decide(1 @B)")
        .On("A asks for 1")
        .On("P asks for 1")
        .On("1 is decided for A", "Host(1 @A)", "TellHome(1 @B: A)", "TellHome(1 @P: A)")
        .On("1 has started at A", "Started(1 @A)")
        .On("1 has started at A")
        .On("B asks for 1", "TellHome(1 @B: A)")
        .Homes("A: 1");

    [Fact]
    public void Asker_that_has_not_registered_is_told_too() => new Script()
        .On("A registers", "Watch(A)", "Acknowledge(A)").On("recovered")
        .On("X asks for 1", "Decide(1 @X)")
        .On("1 is decided for A", "Host(1 @A)", "TellHome(1 @X: A)");

    [Fact]
    public void Shard_that_does_not_start_is_asked_for_again_until_it_has() => new Script().With("A", "B").Hosted("1", "A", isStarted: false)
        .On("hosting 1 timed out", "Host(1 @A)")
        .On("1 has started at B")
        .On("hosting 1 timed out", "Host(1 @A)")
        .On("1 has started at A", "Started(1 @A)")
        .On("hosting 1 timed out");

    [Theory]
    [InlineData("nobody")]
    [InlineData("X")]
    [InlineData("C")]
    public void Answer_of_the_strategy_that_is_no_open_region_leaves_the_shard_unallocated(string answer) => new Script().With("A", "C")
        .On("C wants to shut down")
        .On("A asks for 1", "Decide(1 @A)")
        .On($"1 is decided for {answer}", answer == "nobody" ? "Undecided(1)" : $"Undecided(1 @{answer})")
        .On("A asks for 1", "Decide(1 @A)");

    [Fact]
    public void Nobody_to_take_a_shard_is_said_so() => new Script()
        .On("recovered")
        .On("P is a proxy", "Watch(P)", "Acknowledge(P)")
        .On("P asks for 1", "Homeless(1 @P)")
        .On("A registers", "Watch(A)", "Acknowledge(A)")
        .On("A wants to shut down")
        .On("A asks for 1", "Homeless(1 @A)");

    [Fact]
    public void Too_few_regions_get_no_answer() => new Script(regionsMin: 2)
        .On("A registers", "Watch(A)", "Acknowledge(A)").On("recovered")
        .On("A asks for 1")
        .On("B registers", "Watch(B)", "Acknowledge(B)")
        .On("A asks for 1", "Decide(1 @A)");

    [Fact]
    public void Nothing_is_decided_while_regions_may_still_bring_shards() => new Script()
        .On("A registers", "Watch(A)", "Acknowledge(A)")
        .On("A asks for 1")
        .On("A asks for 2")
        .On("B registers with 1", "Watch(B)", "Acknowledge(B)", "TellHome(1 @A: B)")
        .On("recovered", "Decide(2 @A)")
        .On("A asks for 1", "TellHome(1 @A: B)");

    [Fact]
    public void Shard_that_is_brought_while_it_is_decided_on_stays_where_it_is() => new Script().With("A", "B")
        .On("A asks for 1", "Decide(1 @A)")
        .On("C registers with 1", "Watch(C)", "Acknowledge(C)", "TellHome(1 @A: C)", "TellHome(1 @B: C)")
        .On("1 is decided for B")
        .Homes("C: 1");

    [Fact]
    public void Region_that_brings_a_shard_of_another_is_told_to_stop_it() => new Script().With("A", "B").Hosted("1", "A")
        .On("C registers with 1", "Watch(C)", "Acknowledge(C)", "Conflict(1 @C: A)")
        .On("1 has stopped at C")
        .Homes("A: 1");

    [Fact]
    public void Region_that_registers_again_without_a_shard_is_told_to_host_it() => new Script().With("A").Hosted("1", "A").Hosted("2", "A", isStarted: false)
        .On("A registers with 2", "Acknowledge(A)", "Started(2 @A)", "Host(1 @A)")
        .On("A registers with 1,2", "Acknowledge(A)", "Started(1 @A)")
        .On("A registers with 1,2", "Acknowledge(A)");

    [Fact]
    public void Moving_shard_is_forgotten_by_all_then_stopped_then_decided_on_for_who_waits() => new Script().With("A", "B").Hosted("1", "A")
        .On("P is a proxy", "Watch(P)", "Acknowledge(P)")
        .On("move 1", "BeginHandOff(1 @A)", "BeginHandOff(1 @B)", "BeginHandOff(1 @P)", "StartHandOffTimer(1 @A)")
        .On("move 1")
        .On("A acknowledges 1")
        .On("B asks for 1")
        .On("B acknowledges 1")
        .On("B acknowledges 1")
        .Homes()
        .On("P acknowledges 1", "HandOff(1 @A)")
        .On("1 has stopped at B")
        .On("1 has stopped at A", "Deallocated(1)", "Decide(1 @B)")
        .On("1 is decided for B", "Host(1 @B)", "TellHome(1 @A: B)", "TellHome(1 @P: B)");

    [Fact]
    public void Moved_shard_that_nobody_wants_stays_unallocated() => new Script().With("A").Hosted("1", "A")
        .On("move 1", "BeginHandOff(1 @A)", "StartHandOffTimer(1 @A)")
        .On("A acknowledges 1", "HandOff(1 @A)")
        .On("1 has stopped at A", "Deallocated(1)")
        .On("A asks for 1", "Decide(1 @A)");

    [Fact]
    public void Region_that_ends_need_not_acknowledge() => new Script().With("A", "B").Hosted("1", "A")
        .On("move 1", "BeginHandOff(1 @A)", "BeginHandOff(1 @B)", "StartHandOffTimer(1 @A)")
        .On("A acknowledges 1")
        .On("B ends", "HandOff(1 @A)");

    [Fact]
    public void Owner_that_ends_has_stopped_its_shards() => new Script().With("A", "B").Hosted("1", "A").Hosted("2", "A")
        .On("B asks for 1", "TellHome(1 @B: A)")
        .On("move 1", "BeginHandOff(1 @A)", "BeginHandOff(1 @B)", "StartHandOffTimer(1 @A)")
        .On("B asks for 1")
        .On("A ends", "Deallocated(1)", "Decide(1 @B)", "Deallocated(2)")
        .On("B asks for 2", "Decide(2 @B)");

    [Fact]
    public void Shard_that_is_not_handed_off_in_time_stays_and_everybody_is_told() => new Script().With("A", "B").Hosted("1", "A")
        .On("move 1", "BeginHandOff(1 @A)", "BeginHandOff(1 @B)", "StartHandOffTimer(1 @A)")
        .On("hand-off of 1 timed out", "HandOffLate(1 @A)", "Host(1 @A)", "TellHome(1 @B: A)")
        .On("hand-off of 1 timed out")
        .On("B acknowledges 1")
        .On("1 has stopped at A")
        .Homes("A: 1");

    [Fact]
    public void Region_that_shuts_down_is_rid_of_its_shards_and_gets_no_other() => new Script().With("A", "B").Hosted("1", "A").Hosted("2", "B")
        .On("B asks for 3", "Decide(3 @B)")
        .On("A wants to shut down", "BeginHandOff(1 @A)", "BeginHandOff(1 @B)", "StartHandOffTimer(1 @A)")
        .On("A wants to shut down")
        .On("3 is decided for A", "Undecided(3 @A)")
        .On("A acknowledges 1").On("B acknowledges 1", "HandOff(1 @A)")
        .On("1 has stopped at A", "Deallocated(1)")
        .On("A ends")
        .Open("B: 2");

    [Fact]
    public void Shutting_down_is_tried_again_when_a_hand_off_was_late() => new Script().With("A", "B").Hosted("1", "A")
        .On("A wants to shut down", "BeginHandOff(1 @A)", "BeginHandOff(1 @B)", "StartHandOffTimer(1 @A)")
        .On(
            "hand-off of 1 timed out",
            "HandOffLate(1 @A)", "Host(1 @A)", "TellHome(1 @B: A)", "BeginHandOff(1 @A)", "BeginHandOff(1 @B)", "StartHandOffTimer(1 @A)");

    [Fact]
    public void Region_of_a_lost_node_keeps_its_shards_for_the_margin_and_nobody_is_sent_there() => new Script().With("A", "B").Hosted("1", "A")
        .On("A's node is gone", "DelayRemoval(A)")
        .On("B asks for 1")
        .On("move 1")
        .On("A registers with 1")
        .Homes().Open("B:")
        .On("margin of A passed", "Deallocated(1)", "Decide(1 @B)")
        .On("margin of A passed");

    [Fact]
    public void Region_of_a_lost_node_that_was_shutting_down_has_no_margin() => new Script().With("A", "B").Hosted("1", "A")
        .On("A wants to shut down", "BeginHandOff(1 @A)", "BeginHandOff(1 @B)", "StartHandOffTimer(1 @A)")
        .On("A's node is gone", "Deallocated(1)");

    [Fact]
    public void Shard_that_a_region_is_stopping_is_not_decided_on_before_it_has() => new Script()
        .On("A registers", "Watch(A)", "Acknowledge(A)")
        .On("B registers stopping 1", "Watch(B)", "Acknowledge(B)", "StartHandOffTimer(1 @B)")
        .On("recovered")
        .On("A asks for 1")
        .On("1 has stopped at B", "Deallocated(1)", "Decide(1 @A)");

    [Fact]
    public void Region_on_a_leaving_node_keeps_what_it_has_and_gets_no_more() => new Script().With("A", "B").Hosted("1", "A")
        .On("A is leaving")
        .Open("B:").Homes("A: 1")
        .On("B asks for 1", "TellHome(1 @B: A)");

    /// <summary>Random events, in any order: the invariants hold after each.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void State_never_contradicts_itself(int seed)
    {
        var random = new Random(seed);
        string[] regions = ["A", "B", "C"];
        string[] shards = ["1", "2", "3", "4"];
        var script = new Script(isQuiet: true);
        var incarnation = 0;
        var alive = new Dictionary<string, string>();
        for (var i = 0; i < 3_000; i++)
        {
            var name = regions[random.Next(3)];
            var region = alive.TryGetValue(name, out var running) ? running : alive[name] = $"{name}{++incarnation}";
            var shard = shards[random.Next(4)];
            switch (random.Next(13))
            {
                case 0:
                    script.On($"{region} registers" + (random.Next(2) == 0 ? "" : $" with {shard}"));
                    break;
                case 1:
                    script.On($"{region} registers stopping {shard}");
                    break;
                case 2:
                    script.On($"{region} wants to shut down");
                    break;
                case 3:
                    alive.Remove(name);
                    script.On(random.Next(2) == 0 ? $"{region} ends" : $"{region}'s node is gone");
                    break;
                case 4:
                    script.On($"margin of {region} passed");
                    break;
                case 5:
                    script.On($"move {shard}");
                    break;
                case 6:
                    script.On($"hand-off of {shard} timed out");
                    break;
                case 7:
                    script.On($"{shard} has stopped at {region}");
                    break;
                case 8:
                    script.On($"{region} acknowledges {shard}");
                    break;
                case 9:
                    script.On($"{shard} is decided for {region}");
                    break;
                case 10:
                    script.On($"{shard} has started at {region}");
                    break;
                case 11:
                    script.On($"hosting {shard} timed out");
                    break;
                default:
                    script.On(random.Next(50) == 0 ? "recovered" : $"{region} asks for {shard}");
                    break;
            }
        }
    }

    private sealed class Script(int regionsMin = 1, bool isQuiet = false)
    {
        private readonly CoordinatorState<string> _state = new(regionsMin);

        public Script With(params string[] regions)
        {
            foreach (var region in regions)
            {
                _state.Registered(region, [], []);
            }

            _state.Recovered();
            return this;
        }

        public Script Hosted(string shard, string region, bool isStarted = true)
        {
            _state.HomeAsked(shard, region);
            _state.Decided(shard, region);
            if (isStarted)
            {
                _state.ShardStarted(shard, region);
            }

            return this;
        }

        public Script On(string happened, params string[] effects)
        {
            var words = happened.Split(' ');
            var did = words switch
            {
                [var region, "registers"] => _state.Registered(region, [], []),
                [var region, "registers", "with", var shards] => _state.Registered(region, shards.Split(','), []),
                [var region, "registers", "stopping", var shards] => _state.Registered(region, [], shards.Split(',')),
                [var region, "is", "a", "proxy"] => _state.ProxyRegistered(region),
                [var region, "asks", "for", var shard] => _state.HomeAsked(shard, region),
                [var shard, "is", "decided", "for", var region] => _state.Decided(shard, region == "nobody" ? null : region),
                [var shard, "has", "started", "at", var region] => _state.ShardStarted(shard, region),
                ["hosting", var shard, ..] => _state.HostTimedOut(shard),
                ["move", var shards] => _state.Move(shards.Split(',')),
                [var region, "acknowledges", var shard] => _state.HandOffBegun(shard, region),
                [var shard, "has", "stopped", "at", var region] => _state.ShardStopped(shard, region),
                ["hand-off", "of", var shard, ..] => _state.HandOffTimedOut(shard),
                [var region, "wants", ..] => _state.ShutdownAsked(region),
                [var region, "is", "leaving"] => Close(region),
                [var region, "ends"] => _state.RegionEnded(region, isNodeGone: false),
                [var node, "node", "is", "gone"] => _state.RegionEnded(node[..^2], isNodeGone: true),
                ["margin", "of", var region, ..] => _state.RegionGone(region),
                ["recovered"] => _state.Recovered(),
                _ => throw new ArgumentException(happened),
            };
            if (!isQuiet)
            {
                Assert.Equal($"{happened} ▶ {string.Join(" ", effects)}", $"{happened} ▶ {string.Join(" ", did)}");
            }

            Assert.Null(_state.Verify());
            return this;
        }

        public Script Homes(params string[] homes)
        {
            Assert.Equal(homes, _state.Homes.Where(home => home.Shards.Count > 0).Select(home => $"{home.Region}: {string.Join(",", home.Shards)}").Order());
            return this;
        }

        public Script Open(params string[] open)
        {
            Assert.Equal(open, _state.Open.Select(item => $"{item.Key}: {string.Join(",", item.Value)}".TrimEnd()).Order());
            return this;
        }

        private CoordinatorEffect<string>[] Close(string region)
        {
            _state.Close(region);
            return [];
        }
    }
}
