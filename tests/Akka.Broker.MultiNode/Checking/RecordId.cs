namespace Akka.Broker.MultiNode.Checking;

/// <summary>What a record's value says: who wrote it, and as that writer's how-manieth. No two sends share one.</summary>
public readonly record struct RecordId(int Writer, long Number)
{
    public override string ToString() => $"{Writer}:{Number}";
}
