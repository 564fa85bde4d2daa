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

    public bool BitFlips { get; init; }

    public bool ClockJumps { get; init; }

    public bool BadWeather { get; init; }

    public bool Lies { get; init; }

    public bool Admin { get; init; }

    public bool Voters { get; init; }

    /// <summary>Between two faults, on average.</summary>
    public int PeriodMs { get; init; } = 700;

    public int FaultPhaseMs { get; init; } = 12_000;

    public static FaultPlan Draw(Random random)
    {
        bool Maybe(int percent) => random.Next(100) < percent;
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
            BitFlips = Maybe(20),
            ClockJumps = Maybe(20),
            BadWeather = Maybe(50),
            Lies = Maybe(40),
            Admin = Maybe(50),
            Voters = Maybe(25),
            PeriodMs = 250 + random.Next(1200),
            FaultPhaseMs = 5_000 + random.Next(10_000),
        };
    }
}
