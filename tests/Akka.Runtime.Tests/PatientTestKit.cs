using Akka.Configuration;

namespace Akka.Tests;

/// <summary>
/// A test kit whose expectations wait for as long as a busy machine may take: that something comes is what is asserted, not how soon. For how long nothing is to come a spec
/// says where it expects that.
/// </summary>
public abstract class PatientTestKit(Config config) : Akka.TestKit.Xunit2.TestKit(config.WithFallback(ConfigurationFactory.ParseString(Patience)))
{
    private const string Patience = "akka.test { single-expect-default = 30s, default-timeout = 30s, filter-leeway = 30s }";

    protected PatientTestKit(string hocon = "")
        : this(ConfigurationFactory.ParseString(hocon))
    {
    }
}
