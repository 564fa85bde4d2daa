using Akka.Broker.Nodes.Downing;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Tests.Nodes.Downing;

/// <summary>Whom the controller takes out of the cluster.</summary>
public sealed class DowningRulesSpec
{
    [Fact]
    public void Suspect_that_nobody_reaches_goes() =>
        Assert.Equal([3], DowningRules.Gone(1, [3], [Sees(1), Sees(2)], Voters(1, 2, 3)));

    [Fact]
    public void Suspect_that_the_controller_reaches_stays() =>
        Assert.Empty(DowningRules.Gone(1, [3], [Sees(1, 3), Sees(2)], Voters(1, 2, 3)));

    [Fact]
    public void Suspect_that_a_majority_reaches_stays() =>
        Assert.Empty(DowningRules.Gone(1, [3], [Sees(1), Sees(2, 3), Sees(4, 3)], Voters(1, 2, 3)));

    [Fact]
    public void Members_of_which_only_the_controller_is_left_may_go_as_long_as_the_voters_left_are_a_majority()
    {
        Assert.Equal([4, 5], DowningRules.Gone(1, [4, 5], [Sees(1), Sees(2), Sees(3)], Voters(1, 2, 3)));
        Assert.Empty(DowningRules.Gone(1, [2, 3], [Sees(1)], Voters(1, 2, 3)).Skip(1));
    }

    [Fact]
    public void Broken_link_between_two_that_a_third_reaches_is_found()
    {
        var sightings = new[] { Sees(1, 2, 3), Sees(2), Sees(3) };
        Assert.Equal([new BrokenLink(2, 3)], DowningRules.BrokenLinks([2, 3], sightings, []));
    }

    [Fact]
    public void Shut_out_is_whom_the_controller_reaches_and_most_others_do_not()
    {
        Assert.Equal([2], DowningRules.ShutOut([2, 3, 4, 5], [Sees(1, 2, 3, 4, 5), Sees(2), Sees(3, 4, 5), Sees(4, 3, 5), Sees(5, 3, 4)], []));
        Assert.Empty(DowningRules.ShutOut([2, 3], [Sees(1, 2, 3), Sees(2), Sees(3)], []));
        Assert.Empty(DowningRules.ShutOut([3], [Sees(1), Sees(2)], [3]));
    }

    [Fact]
    public void Of_a_broken_pair_the_one_with_more_broken_links_goes_then_the_non_voter_then_the_higher_id()
    {
        Assert.Equal([2], DowningRules.Cut(new HashSet<BrokenLink> { new(2, 3), new(2, 4) }, Voters(1, 2, 3)));
        Assert.Equal([4], DowningRules.Cut(new HashSet<BrokenLink> { new(2, 4) }, Voters(1, 2, 3)));
        Assert.Equal([2], DowningRules.Cut(new HashSet<BrokenLink> { new(2, 4) }, Voters(1, 4, 5)));
        Assert.Equal([3], DowningRules.Cut(new HashSet<BrokenLink> { new(2, 3) }, Voters(1, 2, 3)));
    }

    [Fact]
    public void Never_so_many_go_that_no_majority_of_voters_is_left() =>
        Assert.Equal([3], DowningRules.Cut(new HashSet<BrokenLink> { new(1, 2), new(1, 3), new(2, 3) }, Voters(1, 2, 3)));

    private static Sighting Sees(int observer, params int[] reaches) => new(observer, [.. reaches]);

    private static VoterSet Voters(params int[] ids) => new(ids.Select(id => new Voter(id, Guid.Empty)));
}
