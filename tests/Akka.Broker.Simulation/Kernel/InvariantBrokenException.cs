namespace Akka.Broker.Simulation.Kernel;

/// <summary>What must always be true was not.</summary>
internal sealed class InvariantBrokenException(string what) : Exception(what);
