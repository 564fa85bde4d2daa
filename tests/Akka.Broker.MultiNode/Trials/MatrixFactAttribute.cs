namespace Akka.Broker.MultiNode.Trials;

/// <summary>A test of the whole matrix, which takes too long for every day: <c>tests/Akka.Broker.MultiNode/run-matrix</c> runs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MatrixFactAttribute : SkippableFactAttribute
{
    public MatrixFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("AKKA_BROKER_MATRIX") != "1")
            Skip = "part of the matrix: tests/Akka.Broker.MultiNode/run-matrix";
    }
}
