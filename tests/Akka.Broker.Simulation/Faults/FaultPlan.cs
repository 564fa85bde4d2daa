using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>
/// Which faults a seed sees, and how often. Each run has some kinds and not others, since one kind in plenty finds what all kinds at once hide.
/// </summary>
internal sealed record FaultPlan
{
    public bool Kills { get; init; }

    public bool Crashes { get; init; }

    public bool CrashesOfAll { get; init; }

    public bool CleanStops { get; init; }

    public bool Pauses { get; init; }

    public bool Cuts { get; init; }

    public bool OneWayCuts { get; init; }

    public bool Flapping { get; init; }

    public bool Wipes { get; init; }

    public bool OldCopies { get; init; }

    /// <summary>Nodes have two data folders, of which one dies now and then.</summary>
    public bool DeadFolders { get; init; }

    /// <summary>Of the metadata's disks of voters.</summary>
    public bool OldVoterCopies { get; init; }

    /// <summary>Of voters, while their machines are down.</summary>
    public bool MetadataRots { get; init; }

    public bool BitFlips { get; init; }

    public bool ClockJumps { get; init; }

    public bool BadWeather { get; init; }

    public bool Lies { get; init; }

    public bool Admin { get; init; }

    /// <summary>Replicas are moved, in the middle of all this.</summary>
    public bool Moves { get; init; }

    /// <summary>A topic is deleted and made again under its name.</summary>
    public bool Deletions { get; init; }

    public bool Voters { get; init; }

    /// <summary>The <see cref="Hunter"/> is about; the quorum is hasty then, for many elections.</summary>
    public bool Hunts { get; init; }

    /// <summary>It leads elections to where <see cref="InterleavedEpochs"/> wants them; the others it then strikes less.</summary>
    public bool Interleaves { get; init; }

    public QuorumTimes QuorumTimes { get; init; } = new();

    /// <summary>Between two faults, on average.</summary>
    public int PeriodMs { get; init; } = 700;

    public int FaultPhaseMs { get; init; } = 12_000;

    /// <summary>What the seed's own chance says of dead folders and of rot is drawn apart: all other seeds go on as if there were no such faults.</summary>
    public static FaultPlan Draw(Random random, long seed)
    {
        var plan = Draw(random);
        bool Apart(int factor) => !plan.Hunts && new Random(unchecked((int)(seed * factor))).Next(100) < 15;
        return plan with { DeadFolders = Apart(7919), MetadataRots = Apart(104_729) };
    }

    private static FaultPlan Draw(Random random)
    {
        bool Maybe(int percent) => random.Next(100) < percent;
        var times = new QuorumTimes { SnapshotBytes = 600 + random.Next(random.Next(2) == 0 ? 1500 : 10_000), FetchBytes = random.Next(4) == 0 ? 128 : 2048 };
        if (Maybe(20))
            return Hunt(random, times);
        return new FaultPlan
        {
            Kills = Maybe(50),
            Crashes = Maybe(60),
            CrashesOfAll = Maybe(12),
            CleanStops = Maybe(30),
            Pauses = Maybe(40),
            Cuts = Maybe(50),
            OneWayCuts = Maybe(35),
            Flapping = Maybe(20),
            Wipes = Maybe(20),
            OldCopies = Maybe(15),
            OldVoterCopies = Maybe(15),
            BitFlips = Maybe(20),
            ClockJumps = Maybe(20),
            BadWeather = Maybe(50),
            Lies = Maybe(40),
            Admin = Maybe(50),
            Moves = Maybe(40),
            Deletions = Maybe(25),
            Voters = Maybe(30),
            QuorumTimes = times,
            PeriodMs = 250 + random.Next(1200),
            FaultPhaseMs = 5_000 + random.Next(10_000),
        };
    }

    /// <summary>Few faults besides, which would only keep the quorum from getting as far as where it is struck.</summary>
    private static FaultPlan Hunt(Random random, QuorumTimes times) => new()
    {
        Hunts = true,
        Interleaves = random.Next(4) == 0,
        Kills = random.Next(3) == 0,
        BadWeather = random.Next(3) > 0,
        Lies = random.Next(2) == 0,
        Voters = random.Next(4) == 0,
        PeriodMs = 150 + random.Next(500),
        FaultPhaseMs = 6_000 + random.Next(6_000),
        QuorumTimes = QuorumTimes.Hasty with { SnapshotBytes = times.SnapshotBytes },
    };
}
