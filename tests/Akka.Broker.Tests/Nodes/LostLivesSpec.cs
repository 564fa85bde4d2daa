using Akka.Broker.Nodes;
using Akka.Broker.Tests.Gateway;

namespace Akka.Broker.Tests.Nodes;

/// <summary>When a node whose cluster has given it up comes back, and when it does not.</summary>
public sealed class LostLivesSpec
{
    private readonly ManualTime _time = new();
    private readonly LostLives _lives;

    public LostLivesSpec() => _lives = new LostLives(_time);

    [Fact]
    public void Node_that_was_up_and_saw_all_comes_back_at_once_three_times_within_a_minute()
    {
        Assert.Equal("0 0 0 over", Lose(4, TimeSpan.FromSeconds(19), wasUp: true, wasInReach: true));
    }

    [Fact]
    public void Node_that_loses_its_place_every_now_and_then_always_comes_back()
    {
        Assert.Equal("0 0 0 0 0 0", Lose(6, TimeSpan.FromSeconds(21), wasUp: true, wasInReach: true));
    }

    [Theory]
    // Never more than weakly up.
    [InlineData(false, true)]
    // Taken in before the others noticed that they do not reach it.
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Node_that_is_cut_comes_back_after_a_growing_pause_however_long_that_goes_on(bool wasUp, bool wasInReach)
    {
        Assert.Equal("0 1 2 4 8 10 10", Lose(7, TimeSpan.FromSeconds(5), wasUp, wasInReach));
        for (var life = 0; life < 1000; life++)
            Assert.Equal("10", Lose(1, TimeSpan.FromSeconds(5), wasUp, wasInReach));
    }

    [Fact]
    public void Lives_of_a_cut_are_not_counted_among_those_of_a_node_that_sees_all()
    {
        Lose(10, TimeSpan.FromSeconds(1), wasUp: true, wasInReach: false);
        Assert.Equal("0 0 0", Lose(3, TimeSpan.FromSeconds(1), wasUp: true, wasInReach: true));
        Lose(3, TimeSpan.FromSeconds(1), wasUp: false, wasInReach: true);
        Assert.Equal("over", Lose(1, TimeSpan.FromSeconds(1), wasUp: true, wasInReach: true));
    }

    [Fact]
    public void Pause_is_short_again_after_a_minute_without_a_loss()
    {
        Lose(7, TimeSpan.FromSeconds(5), wasUp: false, wasInReach: false);
        _time.Advance(LostLives.Within);
        Assert.Equal("0 1", Lose(2, TimeSpan.FromSeconds(5), wasUp: false, wasInReach: false));
    }

    /// <summary>So many lives of that length, one after the other; the pauses behind them in seconds.</summary>
    private string Lose(int lives, TimeSpan length, bool wasUp, bool wasInReach)
    {
        var pauses = new List<string>();
        for (var life = 0; life < lives; life++)
        {
            _time.Advance(length);
            var pause = _lives.PauseAfter(new LostLife("", wasUp, wasInReach));
            pauses.Add(pause is { } wait ? $"{wait.TotalSeconds:0}" : "over");
            _time.Advance(pause ?? TimeSpan.Zero);
        }
        return string.Join(' ', pauses);
    }
}
