module Optim.FSharp.Samples

open System
open System.Diagnostics
open System.IO
open Xunit

[<Fact>]
let ``The sample fits its line by a rule of the library and by its own, which keeps the laws`` () =
    Assert.Equal(0, Optim.Samples.FSharp.Program.main [||])

[<Fact>]
let ``The script runs with dotnet fsi`` () =
    // The libraries that this test runs with, in whatever configuration they were built.
    let script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "line.fsx"))
    let file = Path.Combine(AppContext.BaseDirectory, "line-here.fsx")
    Assert.Contains("bin/Release/net10.0", script)
    File.WriteAllText(file, script.Replace("bin/Release/net10.0", AppContext.BaseDirectory.Replace('\\', '/')))
    let start = ProcessStartInfo("dotnet", [ "fsi"; "--nologo"; file ], RedirectStandardOutput = true, RedirectStandardError = true)
    use run = new Process(StartInfo = start)
    Assert.True(run.Start())
    let errors = run.StandardError.ReadToEndAsync()
    let text = run.StandardOutput.ReadToEnd()
    run.WaitForExit()
    Assert.Equal((0, ""), (run.ExitCode, errors.Result.Trim()))
    Assert.Equal("1.00 -2.00", text.Trim())
