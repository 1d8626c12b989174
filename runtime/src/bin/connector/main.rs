//! `connector`: manages this person's connections.

#[macro_use]
mod output;

mod add;
mod arguments;
mod credential;
mod exit;
mod oauth;
mod parameters;
mod prompt;
mod remove;
mod rotate;
mod show;
mod sign_in;
mod test;

use std::process::ExitCode;

use clap::Parser as _;
use connector_runtime::environment::Environment;

use self::arguments::{Arguments, Command};
use self::exit::{Failure, Outcome};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(Failure::other(format!("no threads: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(json),
    }
}

async fn run(arguments: Arguments) -> Outcome {
    if let Command::Completions { shell } = arguments.command {
        arguments::completions(shell);
        return Ok(());
    }
    let environment = match &arguments.home {
        Some(folder) => Environment::open_in(folder).await?,
        None => Environment::open().await?,
    };
    let json = arguments.json;
    match arguments.command {
        Command::Add(add) => add::run(&environment, *add, json).await,
        Command::SignIn(sign_in) => sign_in::run(&environment, &sign_in, json).await,
        Command::List => show::list(&environment, json).await,
        Command::Show(which) => show::show(&environment, &which, json).await,
        Command::Test(test) => test::run(&environment, &test, json).await,
        Command::RotateKey => rotate::run(&environment, json).await,
        Command::Remove(remove) => remove::run(&environment, &remove, json).await,
        // Answered above, without an environment.
        Command::Completions { .. } => Ok(()),
    }
}
